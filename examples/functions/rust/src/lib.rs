mod guest;

/// `shift` in shift.wit.
pub fn shift(text: &str, by: i32) -> String {
    text.chars().map(|letter| moved(letter, by)).collect()
}

fn moved(letter: char, by: i32) -> char {
    let first = match letter {
        'a'..='z' => b'a',
        'A'..='Z' => b'A',
        _ => return letter,
    };
    let place = (letter as i32 - i32::from(first) + by % 26 + 26) % 26;
    char::from(first + place as u8)
}

/// # Safety
/// The host gives the bytes of a text.
#[export_name = "shift"]
pub unsafe extern "C" fn export_shift(bytes: *mut u8, length: usize, by: i32) -> *const guest::Given {
    guest::give(shift(&guest::text(bytes, length), by))
}

#[cfg(test)]
mod tests {
    #[test]
    fn letters_move_and_come_round() {
        assert_eq!(super::shift("Xyz, ä!", 3), "Abc, ä!");
        assert_eq!(super::shift("abc", -1), "zab");
    }
}
