//! The page to watch environments on. It holds no data: what it shows, it fetches.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use super::response::Response;

const FRAME: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page. Nothing runs in it but its own script, and it talks to nobody but where it came from.
pub(super) fn page() -> Response {
    let policy = format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; connect-src 'self'; img-src blob: data:; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
        source(SCRIPT),
        source(STYLE)
    );
    Response::new(200)
        .with("content-type", "text/html; charset=utf-8")
        .with("content-security-policy", policy)
        .with("referrer-policy", "no-referrer")
        .with("cross-origin-opener-policy", "same-origin")
        .body(FRAME.replace("/* style */", STYLE).replace("/* script */", SCRIPT))
}

/// What a content security policy names an inline element by.
fn source(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn style_and_script_stand_in_it_as_they_are() {
        let answer = serde_json::to_value(page()).unwrap();
        let body = answer["body"].as_str().unwrap();
        for (start, text, end) in [("<style>", STYLE, "</style>"), ("<script type=\"module\">", SCRIPT, "</script>")] {
            assert!(body.contains(&format!("{start}{text}{end}")), "{start}");
            assert!(!text.contains(end));
        }
        assert_eq!(body.matches("://").count(), body.matches("xmlns='http://www.w3.org/2000/svg'").count());
    }
}
