//! The names of regions.

/// The longest name of a region, in letters. The longest of AWS is far shorter.
pub(super) const LONGEST_REGION: usize = 32;

/// Whether `text` looks like the name of a region: `us-east-1`, `us-gov-west-1`, `ap-southeast-2`, `eusc-de-east-1`.
pub(super) fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [continent, area @ .., number] = parts.as_slice() else { return false };
    let word = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    text.len() <= LONGEST_REGION
        && (continent.len() == 2 || *continent == "eusc")
        && word(continent)
        && !area.is_empty()
        && area.iter().all(|part| word(part))
        && matches!(number.as_bytes(), [b'1'..=b'9'])
}
