//! The `Link` header of a list, exactly as recorded clients need it: absolute addresses, in the order next, prev,
//! last, first, commas without blanks, every parameter of the request repeated, `limit` only when it is not the
//! default. One published client takes the first address as the next page, so `next` must come first.
//! Source: human-connect contract 4.1.

use std::fmt::Write;

use url::form_urlencoded;

/// Where a page lies in its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// Rows a page; at least 1.
    pub(crate) limit: u32,
    /// Rows before this page.
    pub(crate) offset: u64,
    /// Rows in all.
    pub(crate) total: u64,
    /// The limit of a request that names none; it is left out of addresses.
    pub(crate) default_limit: Option<u32>,
}

/// The header's value; `None` when the list is one page.
///
/// `last` points at `total - total mod limit`, so that it is an empty page when the total is a multiple of the
/// limit: that is what the old service did, and loops that count rows do not mind.
pub(crate) fn header(address: &str, raw_query: &str, place: Place) -> Option<String> {
    let Place { limit, offset, total, default_limit } = place;
    let step = u64::from(limit.max(1));
    let mut links: [Option<(u64, &str)>; 4] = [None; 4];
    if offset.saturating_add(step) < total {
        links[0] = Some((offset + step, "next"));
        links[2] = Some((total - total % step, "last"));
    }
    if offset > 0 {
        links[1] = Some((offset.saturating_sub(step), "prev"));
        links[3] = Some((0, "first"));
    }
    if links.iter().all(Option::is_none) {
        return None;
    }
    let kept = kept_parameters(raw_query, Some(limit).filter(|_| default_limit != Some(limit)));
    let mut value = String::with_capacity(4 * (address.len() + kept.len() + 32));
    for (target, relation) in links.into_iter().flatten() {
        if !value.is_empty() {
            value.push(',');
        }
        // Writing to a String cannot fail.
        let _ = write!(value, "<{address}?{kept}offset={target}>; rel=\"{relation}\"");
    }
    Some(value)
}

/// The header's value where pages are asked for by cursor: the next one alone. `limit`: that of the request, where it is not
/// the default.
pub(crate) fn to_cursor(address: &str, raw_query: &str, limit: Option<u32>, cursor: &str) -> String {
    format!("<{address}?{}cursor={cursor}>; rel=\"next\"", kept_parameters(raw_query, limit))
}

/// The request's parameters but `limit`, `offset` and `cursor`, in their order and spelling, and `limit` at the end where
/// it is told. Ends in `&` unless empty. Bytes outside ASCII are escaped, since headers are ASCII.
fn kept_parameters(raw_query: &str, limit: Option<u32>) -> String {
    let mut kept = String::with_capacity(raw_query.len() + 16);
    for pair in raw_query.split('&').filter(|pair| !pair.is_empty()) {
        let replaced = form_urlencoded::parse(pair.as_bytes())
            .next()
            .is_some_and(|(n, _)| n == "limit" || n == "offset" || n == "cursor");
        if !replaced {
            kept.extend(percent_encoding::utf8_percent_encode(pair, percent_encoding::CONTROLS));
            kept.push('&');
        }
    }
    if let Some(limit) = limit {
        let _ = write!(kept, "limit={limit}&");
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: &str = "https://h.example/v1/human/activities";

    fn link(raw: &str, limit: u32, offset: u64, total: u64) -> Option<String> {
        header(AT, raw, Place { limit, offset, total, default_limit: Some(50) })
    }

    #[test]
    fn first_middle_and_last_page_of_234() {
        assert_eq!(
            link("", 50, 0, 234).as_deref(),
            Some(
                "<https://h.example/v1/human/activities?offset=50>; rel=\"next\",\
                 <https://h.example/v1/human/activities?offset=200>; rel=\"last\""
            )
        );
        assert_eq!(
            link("offset=50", 50, 50, 234).as_deref(),
            Some(
                "<https://h.example/v1/human/activities?offset=100>; rel=\"next\",\
                 <https://h.example/v1/human/activities?offset=0>; rel=\"prev\",\
                 <https://h.example/v1/human/activities?offset=200>; rel=\"last\",\
                 <https://h.example/v1/human/activities?offset=0>; rel=\"first\""
            )
        );
        assert_eq!(
            link("offset=200", 50, 200, 234).as_deref(),
            Some(
                "<https://h.example/v1/human/activities?offset=150>; rel=\"prev\",\
                 <https://h.example/v1/human/activities?offset=0>; rel=\"first\""
            )
        );
    }

    #[test]
    fn last_of_an_exact_multiple_is_the_documented_empty_page() {
        let first = link("limit=2", 2, 0, 234).expect("link");
        assert!(first.ends_with("?limit=2&offset=234>; rel=\"last\""), "{first}");
        // The last page that has rows has no next.
        let last = link("limit=2&offset=232", 2, 232, 234).expect("link");
        assert!(
            last.contains("offset=230>; rel=\"prev\"") && !last.contains("next") && !last.contains("last"),
            "{last}"
        );
        // Behind the end there is only the way back.
        let behind = link("limit=2&offset=234", 2, 234, 234).expect("link");
        assert!(behind.starts_with(&format!("<{AT}?limit=2&offset=232>; rel=\"prev\"")), "{behind}");
    }

    #[test]
    fn one_page_has_no_link() {
        for total in [0, 1, 50] {
            assert_eq!(link("", 50, 0, total), None);
        }
        assert_eq!(link("limit=1", 1, 0, 0), None);
    }

    #[test]
    fn parameters_are_repeated_as_they_came() {
        let raw =
            "access_token=abc&limit=10&source=oura&start_date=2016-01-01&%6Fffset=20&end_date=2016-02-01&x=%20&&é=1";
        let value = link(raw, 10, 20, 31).expect("link");
        let kept = "access_token=abc&source=oura&start_date=2016-01-01&end_date=2016-02-01&x=%20&%C3%A9=1&limit=10&";
        assert_eq!(
            value,
            format!(
                "<{AT}?{kept}offset=30>; rel=\"next\",<{AT}?{kept}offset=10>; rel=\"prev\",\
                 <{AT}?{kept}offset=30>; rel=\"last\",<{AT}?{kept}offset=0>; rel=\"first\""
            )
        );
    }

    #[test]
    fn a_short_way_back_stops_at_zero() {
        let value = link("offset=3", 50, 3, 60).expect("link");
        assert!(value.contains("?offset=0>; rel=\"prev\""), "{value}");
    }
}
