//! What the canonical ABI of components wants of a guest in Rust: texts go in as (bytes, length), and come out as a pointer
//! to the same. Every call has a fresh instance, so what is given need not be freed.

use std::alloc::{alloc, handle_alloc_error, realloc, Layout};

/// A text as a function gives it.
#[repr(C)]
pub struct Given {
    bytes: *const u8,
    length: usize,
}

/// Memory for what the host passes in.
///
/// # Safety
/// `old` is null, or memory of `old_size` bytes that this gave.
#[export_name = "cabi_realloc"]
pub unsafe extern "C" fn cabi_realloc(old: *mut u8, old_size: usize, align: usize, size: usize) -> *mut u8 {
    if size == 0 {
        return align as *mut u8;
    }
    let layout = Layout::from_size_align_unchecked(size, align);
    let made = if old_size == 0 {
        alloc(layout)
    } else {
        realloc(old, Layout::from_size_align_unchecked(old_size, align), size)
    };
    if made.is_null() {
        handle_alloc_error(layout)
    }
    made
}

/// A text that was given.
///
/// # Safety
/// The host gives memory of `cabi_realloc`, with UTF-8 in it.
pub unsafe fn text(bytes: *mut u8, length: usize) -> String {
    String::from_utf8_unchecked(std::slice::from_raw_parts(bytes, length).to_vec())
}

/// A text as a function gives it.
pub fn give(text: String) -> *const Given {
    let text = text.into_boxed_str();
    let given = Given { bytes: text.as_ptr(), length: text.len() };
    std::mem::forget(text);
    Box::into_raw(Box::new(given))
}
