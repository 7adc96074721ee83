//! `completions` and `man`: what packagers install.

use crate::program::run;

#[test]
fn completions_are_made_for_each_shell() {
    for (shell, mark) in [
        ("bash", "complete -F "),
        ("fish", "complete -c hosho-verify"),
        ("zsh", "#compdef hosho-verify"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let run = run(&["completions", shell]);
        assert_eq!(run.code, 0, "{shell}");
        assert!(run.stdout.contains(mark), "{shell}");
        assert!(run.stdout.contains("auth-key-file"), "{shell}");
    }
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    let run = run(&["man"]);
    assert_eq!(run.code, 0);
    for command in ["check", "audit", "inspect", "vectors"] {
        let heading = format!(".TH hosho\\-verify\\-{command} 1");
        let plain = format!(".TH hosho-verify-{command} 1");
        assert!(run.stdout.contains(&heading) || run.stdout.contains(&plain), "{command}");
    }
}

#[test]
fn an_unknown_command_or_language_is_a_usage_error() {
    for arguments in [&["confirm"][..], &["--lang", "fr", "man"], &["check"]] {
        let run = run(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}");
    }
}
