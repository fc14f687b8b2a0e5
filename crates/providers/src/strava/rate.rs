//! The headers that tell the use of the limits. Source: <https://developers.strava.com/docs/rate-limits/>.

use hilum_model::Time;

use crate::spec::{Per, Rate, Reset};

/// The quarter of an hour and the UTC day by which Strava counts, s.
const WINDOWS_S: [i64; 2] = [900, 86_400];

/// `X-ReadRateLimit-Limit: 100,1000` and `…-Usage: 12,340`, of a quarter of an hour and of a day; without them the
/// `X-RateLimit-…` pair, which counts uploads too. Both windows turn on the clock, so the answer's `Date` tells when.
pub(super) fn read(header: &dyn Fn(&str) -> Option<String>) -> Vec<Rate> {
    let pair =
        |kind: &str| Some((numbers(&header(&format!("{kind}-limit"))?)?, numbers(&header(&format!("{kind}-usage"))?)?));
    let Some((limits, used)) = pair("x-readratelimit").or_else(|| pair("x-ratelimit")) else {
        return Vec::new();
    };
    let now = header("date").and_then(|text| jiff::fmt::rfc2822::parse(&text).ok()).map(|t| t.timestamp().as_second());
    (0..2)
        .map(|i| Rate {
            per: Per::App,
            remaining: limits[i].saturating_sub(used[i]),
            reset: now.map(|now| Reset::At(Time::from_unix_s((now.div_euclid(WINDOWS_S[i]) + 1) * WINDOWS_S[i]))),
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

    fn rates(headers: &[(&str, &str)]) -> Vec<Rate> {
        read(&|name| headers.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn what_is_left_until_when() {
        let seen = rates(&[
            ("x-ratelimit-limit", "200,2000"),
            ("x-ratelimit-usage", "12,340"),
            ("x-readratelimit-limit", "100,1000"),
            ("x-readratelimit-usage", "12, 1001"),
            ("date", "Wed, 04 Mar 2026 16:50:10 GMT"),
        ]);
        let at = |text| Some(Reset::At(Time::parse_rfc3339(text).expect(text).0));
        assert_eq!(
            seen,
            [
                Rate { per: Per::App, remaining: 88, reset: at("2026-03-04T17:00:00Z") },
                Rate { per: Per::App, remaining: 0, reset: at("2026-03-05T00:00:00Z") },
            ]
        );
        let bare = rates(&[("x-ratelimit-limit", "200,2000"), ("x-ratelimit-usage", "12,340")]);
        assert_eq!(bare.iter().map(|r| (r.remaining, r.reset)).collect::<Vec<_>>(), [(188, None), (1660, None)]);
    }

    #[test]
    fn odd_headers_say_nothing() {
        assert_eq!(rates(&[]), []);
        assert_eq!(rates(&[("x-ratelimit-limit", "200"), ("x-ratelimit-usage", "12,340")]), []);
        assert_eq!(rates(&[("x-ratelimit-limit", "200,x"), ("x-ratelimit-usage", "-1,340")]), []);
    }
}
