//! Which route a path is. Pure.

use percent_encoding::percent_decode_str;

/// What the routes of environments begin with.
pub(super) const ROOT: &str = "/environments";

/// What stands where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The page to watch environments on.
    Page,
    /// All environments.
    Environments,
    /// One environment.
    Environment,
    /// What a create would change of it.
    Plan,
    /// A drawing of it.
    Diagram,
    /// What the installation lacks.
    Doctor,
}

/// A route: its path, what stands there, and the methods that it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Route {
    path: &'static str,
    pub(super) place: Place,
    methods: &'static [&'static str],
}

/// What stands for the name of an environment in a path.
const NAME: &str = "{name}";

const ROUTES: [Route; 6] = [
    Route { path: "/", place: Place::Page, methods: &["GET"] },
    Route { path: "/environments", place: Place::Environments, methods: &["GET"] },
    Route { path: "/environments/{name}", place: Place::Environment, methods: &["GET", "PUT", "DELETE"] },
    Route { path: "/environments/{name}/plan", place: Place::Plan, methods: &["POST"] },
    Route { path: "/environments/{name}/diagram.svg", place: Place::Diagram, methods: &["GET"] },
    Route { path: "/doctor", place: Place::Doctor, methods: &["GET"] },
];

impl Route {
    /// The route of a path, and the name of the environment in it, decoded; `None` when there is no such route. A
    /// slash at the end means nothing.
    pub(super) fn find(path: &str) -> Option<(Self, String)> {
        let path = path.strip_prefix('/')?;
        let path = path.strip_suffix('/').filter(|rest| !rest.is_empty()).unwrap_or(path);
        let segments: Vec<String> =
            path.split('/').map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned()).collect();
        ROUTES.iter().find_map(|route| {
            let wanted: Vec<&str> = route.path.trim_start_matches('/').split('/').collect();
            let fits =
                |(wanted, found): (&&str, &String)| if *wanted == NAME { !found.is_empty() } else { wanted == found };
            if wanted.len() != segments.len() || !wanted.iter().zip(&segments).all(fits) {
                return None;
            }
            let name = wanted.iter().position(|wanted| *wanted == NAME).and_then(|index| segments.get(index));
            Some((*route, name.cloned().unwrap_or_default()))
        })
    }

    /// Whether it takes a method; whoever takes GET takes HEAD.
    pub(super) fn takes(&self, method: &str) -> bool {
        self.methods.contains(&method) || method == "HEAD" && self.methods.contains(&"GET")
    }

    /// The methods that it takes, as the header `Allow` lists them.
    pub(super) fn allow(&self) -> String {
        let head = if self.takes("HEAD") { "HEAD, " } else { "" };
        format!("{}, {head}OPTIONS", self.methods.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("/", Place::Page, "")]
    #[case("/environments", Place::Environments, "")]
    #[case("/environments/", Place::Environments, "")]
    #[case("/environments/fraud-v3", Place::Environment, "fraud-v3")]
    #[case("/environments/fraud-v3/", Place::Environment, "fraud-v3")]
    #[case("/environments/fraud%2Dv3", Place::Environment, "fraud-v3")]
    #[case("/environments/a%2Fb", Place::Environment, "a/b")]
    #[case("/environments/%FF", Place::Environment, "\u{fffd}")]
    #[case("/environments/plan", Place::Environment, "plan")]
    #[case("/environments/fraud-v3/plan", Place::Plan, "fraud-v3")]
    #[case("/environments/fraud-v3/diagram.svg", Place::Diagram, "fraud-v3")]
    #[case("/doctor", Place::Doctor, "")]
    #[case("/doctor/", Place::Doctor, "")]
    fn routes(#[case] path: &str, #[case] place: Place, #[case] name: &str) {
        let (route, found) = Route::find(path).unwrap();
        assert_eq!((route.place, found.as_str()), (place, name));
    }

    #[rstest]
    #[case("")]
    #[case("//")]
    #[case("environments")]
    #[case("/Environments")]
    #[case("/environments//")]
    #[case("//environments")]
    #[case("/doctor/fraud-v3")]
    #[case("/environments//plan")]
    #[case("/environments/fraud-v3/plans")]
    #[case("/environments/fraud-v3/plan/x")]
    #[case("/environments%2Ffraud-v3")]
    fn no_routes(#[case] path: &str) {
        assert_eq!(Route::find(path), None);
    }

    #[test]
    fn methods() {
        let (route, _) = Route::find("/environments/fraud-v3").unwrap();
        assert_eq!(route.allow(), "GET, PUT, DELETE, HEAD, OPTIONS");
        assert!(route.takes("HEAD") && !route.takes("POST") && !route.takes("get"));
        let (route, _) = Route::find("/environments/fraud-v3/plan").unwrap();
        assert_eq!(route.allow(), "POST, OPTIONS");
        assert!(!route.takes("HEAD"));
    }

    #[test]
    fn those_of_environments_begin_alike() {
        let others = [Place::Page, Place::Doctor];
        assert!(ROUTES.iter().all(|route| others.contains(&route.place) || route.path.starts_with(ROOT)));
    }

    proptest! {
        #[test]
        fn no_path_makes_it_panic(path in "(/|%|[a-f0-9]|environments|\\PC)*") {
            let _ = Route::find(&path);
        }
    }
}
