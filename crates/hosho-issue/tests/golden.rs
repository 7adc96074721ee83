//! What users see, word for word: arguments, exit code, output.

#[test]
fn says_what_the_golden_files_say() {
    trycmd::TestCases::new().case("tests/cmd/*.md");
}
