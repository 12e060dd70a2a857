mod guest;

/// Greets someone.
pub fn greet(name: &str) -> String {
    format!("Hello, {name}!")
}

/// `greet` in __name__.wit. A name with a dash is exported with `#[export_name = "add-one"]`.
///
/// # Safety
/// The host gives the bytes of a text.
#[export_name = "greet"]
pub unsafe extern "C" fn export_greet(name: *mut u8, length: usize) -> *const guest::Given {
    guest::give(greet(&guest::text(name, length)))
}

#[cfg(test)]
mod tests {
    #[test]
    fn greets_by_name() {
        assert_eq!(super::greet("World"), "Hello, World!");
    }
}
