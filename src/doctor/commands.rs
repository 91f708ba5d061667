//! Commands for a shell. Pure.

/// A command of the AWS CLI, its words quoted as far as a POSIX shell asks for it.
pub(super) fn aws<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    command("aws", words)
}

/// The command that deploys the stack anew with another value for one of its parameters, and leaves all others as they
/// are: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-cli-command-reference-sam-deploy.html>
pub(super) fn deploy(parameter: &str, value: &str) -> String {
    command("sam", ["deploy", "--parameter-overrides", &format!("{parameter}={value}")])
}

fn command<'a>(program: &str, words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().fold(program.to_owned(), |line, word| format!("{line} {}", quoted(word)))
}

fn quoted(word: &str) -> String {
    let plain = |each: char| each.is_ascii_alphanumeric() || "-_./:=,@%+".contains(each);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_a_shell_would_read_otherwise_are_quoted() {
        let written = aws(["iam", "create-policy", "--policy-document", r#"{"Sid": "it's"}"#, "--path", ""]);
        assert_eq!(written, r#"aws iam create-policy --policy-document '{"Sid": "it'\''s"}' --path ''"#);
        assert_eq!(deploy("CidrPool", "172.16.0.0/12"), "sam deploy --parameter-overrides CidrPool=172.16.0.0/12");
    }
}
