//! Proof of authorisation, as types.

use std::str::FromStr;
use std::sync::Arc;

use super::{Directory, Site};

/// What somebody may do; each may do what those below may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Read reports.
    View,
    /// Also send hits as a server: other addresses, times and places than the connection's.
    Write,
    /// Also change a site's settings and banners.
    Admin,
    /// Everything.
    Owner,
}

impl Role {
    /// The name in the database, the API and the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::View => "view",
            Role::Write => "write",
            Role::Admin => "admin",
            Role::Owner => "owner",
        }
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Role, String> {
        [Role::View, Role::Write, Role::Admin, Role::Owner]
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| format!("{text:?} is no role: owner, admin, write or view"))
    }
}

/// Somebody who has shown who they are: a signed-in user or a token. Only `accounts` makes one.
#[derive(Clone, Debug)]
pub struct Principal {
    role: Role,
    site: Option<u32>,
}

impl Principal {
    pub(super) fn new(role: Role, site: Option<u32>) -> Principal {
        Principal { role, site }
    }

    /// Whether this principal may act as `role` on everything, not just on one site.
    pub fn is_global(&self, role: Role) -> bool {
        self.site.is_none() && self.role >= role
    }

    /// Whether this principal may act as `role` on a site.
    pub fn may(&self, role: Role, site: u32) -> bool {
        self.role >= role && self.site.is_none_or(|own| own == site)
    }

    /// Permission to read a site's reports; `None` for a site that doesn't exist and for one that is not theirs alike.
    pub fn site(&self, directory: &Directory, site: u32) -> Option<SiteScope> {
        let site = directory.site(site).filter(|site| self.may(Role::View, site.id))?;
        Some(SiteScope { site: Arc::clone(site) })
    }

    /// The site, for who may change it; `None` for a site that doesn't exist and for one that is not theirs to change
    /// alike.
    pub fn site_to_change(&self, directory: &Directory, site: u32) -> Option<SiteScope> {
        self.may(Role::Admin, site).then(|| self.site(directory, site)).flatten()
    }

    /// Permission to read what concerns no site: for owners of everything.
    pub fn server(&self) -> Option<ServerScope> {
        self.is_global(Role::Owner).then_some(ServerScope { _private: () })
    }

    /// Permission to read every site that is theirs, by number.
    pub fn sites(&self, directory: &Directory) -> Vec<SiteScope> {
        directory.sites().filter_map(|site| self.site(directory, site.id)).collect()
    }
}

/// Permission to read the reports of one site. A query without one doesn't compile.
#[derive(Clone, Debug)]
pub struct SiteScope {
    site: Arc<Site>,
}

impl SiteScope {
    /// The site that may be read.
    pub fn site(&self) -> &Site {
        &self.site
    }
}

/// Permission to read what concerns the server as a whole and no site.
#[derive(Clone, Copy, Debug)]
pub struct ServerScope {
    _private: (),
}
