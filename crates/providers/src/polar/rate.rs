//! The headers that tell the use of the limits. Source: <https://www.polar.com/accesslink-api/#rate-limits>.

use crate::spec::{Per, Rate, Reset};

/// `RateLimit-Limit: 520, 5100` and `-Usage`, of a quarter of an hour and of a day; `-Reset` in seconds.
pub(super) fn read(header: &dyn Fn(&str) -> Option<String>) -> Vec<Rate> {
    let pair = |name: &str| numbers(&header(name)?);
    let (Some(limits), Some(used)) = (pair("ratelimit-limit"), pair("ratelimit-usage")) else { return Vec::new() };
    let resets = pair("ratelimit-reset");
    (0..2)
        .map(|i| Rate {
            per: Per::App,
            remaining: limits[i].saturating_sub(used[i]),
            reset: resets.map(|resets| Reset::After(resets[i])),
        })
        .collect()
}

fn numbers(text: &str) -> Option<[u32; 2]> {
    let (short, long) = text.split_once(',')?;
    Some([short.trim().parse().ok()?, long.trim().parse().ok()?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_until_when() {
        let rates = |headers: &[(&str, &str)]| {
            read(&|name| headers.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
        };
        let told =
            [("ratelimit-limit", "520, 5100"), ("ratelimit-usage", "500, 5101"), ("ratelimit-reset", "60, 7200")];
        assert_eq!(
            rates(&told),
            [
                Rate { per: Per::App, remaining: 20, reset: Some(Reset::After(60)) },
                Rate { per: Per::App, remaining: 0, reset: Some(Reset::After(7200)) },
            ]
        );
        assert_eq!(rates(&told[..2]).iter().map(|r| r.reset).collect::<Vec<_>>(), [None, None]);
        assert_eq!((rates(&[]), rates(&[("ratelimit-limit", "5"), ("ratelimit-usage", "1, 2")])), (vec![], vec![]));
    }
}
