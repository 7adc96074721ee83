//! People and contractors.

use std::collections::{BTreeMap, BTreeSet};

use hosho::UnixTime;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::log::{NewLogEntry, write_log};
use super::row;
use super::{AccountId, AccountKind, ContractorId, Logged, PortalStore, Role};
use crate::error::StoreError;
use crate::high_water::count_facts;
use crate::nonce::seconds;

/// A person's account.
#[derive(Clone)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// What the person types to log in.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// Whose account it is.
    pub kind: AccountKind,
    /// What the person may do at the desk.
    pub roles: BTreeSet<Role>,
    /// The contractor of a contractor's account.
    pub contractor: Option<ContractorId>,
    /// The hash of the password, as a PHC string.
    pub password: String,
    /// Whether somebody else set the password, so that it is to be changed.
    pub must_change: bool,
    /// Which sessions count: those of this epoch.
    pub epoch: u64,
    /// Since when it is disabled.
    pub disabled_at: Option<UnixTime>,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Account({})", self.id)
    }
}

/// An account to be made; its first password is to be changed.
pub struct NewAccount<'a> {
    /// What the person types to log in.
    pub login: &'a str,
    /// The person's name.
    pub name: &'a str,
    /// Roles at the desk; none for a contractor's account.
    pub roles: &'a BTreeSet<Role>,
    /// The contractor; none for one of the desk.
    pub contractor: Option<ContractorId>,
    /// The hash of the first password.
    pub password: &'a str,
    /// Who makes it; none on the command line.
    pub by: Option<AccountId>,
    /// When.
    pub at: UnixTime,
}

/// A contractor that applies for guarantees.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Contractor {
    /// Its id.
    pub id: ContractorId,
    /// Its name.
    pub name: String,
    /// Title and name of its representative.
    pub representative: String,
    /// Its address.
    pub address: String,
    /// Where mails to it go.
    pub mail: String,
}

/// A contractor to be registered.
#[derive(Clone, Copy, Debug)]
pub struct NewContractor<'a> {
    /// Its name.
    pub name: &'a str,
    /// Title and name of its representative.
    pub representative: &'a str,
    /// Its address.
    pub address: &'a str,
    /// Where mails to it go.
    pub mail: &'a str,
}

macro_rules! accounts {
    ($tail:literal) => {
        concat!(
            "SELECT a.id, a.login, a.name, a.kind, a.password, a.must_change, a.epoch,
                    a.disabled_at, c.contractor
             FROM accounts a LEFT JOIN account_contractor c ON c.account = a.id ",
            $tail
        )
    };
}

impl PortalStore {
    /// Makes an account.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the login is taken.
    pub async fn add_account(&self, new: &NewAccount<'_>) -> Result<AccountId, StoreError> {
        let kind = match new.contractor {
            Some(_) => AccountKind::Contractor,
            None => AccountKind::Staff,
        };
        transaction!(self.database, |tx| {
            let added = sqlx::query(
                "INSERT INTO accounts (login, name, kind, password, must_change, epoch, created_at)
                 VALUES ($1, $2, $3, $4, 1, 1, $5) RETURNING id",
            )
            .bind(new.login)
            .bind(new.name)
            .bind(kind.word())
            .bind(new.password)
            .bind(seconds(new.at))
            .fetch_one(tx.connection())
            .await?;
            let id = row::id(&added, "id", AccountId::from_row)?;
            for role in new.roles {
                sqlx::query("INSERT INTO roles (account, role) VALUES ($1, $2)")
                    .bind(id.to_row())
                    .bind(role.word())
                    .execute(tx.connection())
                    .await?;
            }
            if let Some(contractor) = new.contractor {
                sqlx::query("INSERT INTO account_contractor (account, contractor) VALUES ($1, $2)")
                    .bind(id.to_row())
                    .bind(contractor.to_row())
                    .execute(tx.connection())
                    .await?;
            }
            let what = Logged::AccountAdded;
            let entry = NewLogEntry { by: new.by, what, subject: new.login, at: new.at };
            write_log(&mut tx, &entry).await?;
            count_facts(&mut tx, 1).await?;
            Ok(id)
        })
    }

    /// Returns the account with this login.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], or [`StoreError::Damaged`].
    pub async fn account_by_login(&self, login: &str) -> Result<Option<Account>, StoreError> {
        let found = sqlx::query(accounts!("WHERE a.login = $1"))
            .bind(login)
            .fetch_optional(self.database.reader())
            .await?;
        self.with_roles(found).await
    }

    /// Returns the account with this id.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], or [`StoreError::Damaged`].
    pub async fn account(&self, id: AccountId) -> Result<Option<Account>, StoreError> {
        let found = sqlx::query(accounts!("WHERE a.id = $1"))
            .bind(id.to_row())
            .fetch_optional(self.database.reader())
            .await?;
        self.with_roles(found).await
    }

    /// Returns all accounts, by their logins.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], or [`StoreError::Damaged`].
    pub async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        let mut roles: BTreeMap<AccountId, BTreeSet<Role>> = BTreeMap::new();
        let rows = sqlx::query("SELECT account, role FROM roles")
            .fetch_all(self.database.reader())
            .await?;
        for found in &rows {
            let account = row::id(found, "account", AccountId::from_row)?;
            roles.entry(account).or_default().insert(row::word(found, "role", Role::parse)?);
        }
        let rows =
            sqlx::query(accounts!("ORDER BY a.login")).fetch_all(self.database.reader()).await?;
        let account = |found: &AnyRow| {
            let id = row::id(found, "id", AccountId::from_row)?;
            account(found, roles.remove(&id).unwrap_or_default())
        };
        rows.iter().map(account).collect()
    }

    /// Sets a password; other sessions of the account end. Returns the epoch of new ones.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when there is no such account.
    pub async fn set_password(
        &self,
        account: AccountId,
        password: &str,
        by: Option<AccountId>,
        at: UnixTime,
    ) -> Result<u64, StoreError> {
        let own = by == Some(account);
        let what = if own { Logged::PasswordChanged } else { Logged::PasswordReset };
        transaction!(self.database, |tx| {
            let updated = sqlx::query(
                "UPDATE accounts SET password = $1, must_change = $2, epoch = epoch + 1
                 WHERE id = $3 RETURNING epoch, login",
            )
            .bind(password)
            .bind(i64::from(!own))
            .bind(account.to_row())
            .fetch_optional(tx.connection())
            .await?
            .ok_or(StoreError::Conflict)?;
            let subject: String = updated.try_get("login")?;
            let entry = NewLogEntry { by, what, subject: &subject, at };
            write_log(&mut tx, &entry).await?;
            row::unsigned(&updated, "epoch")
        })
    }

    /// Disables an account and ends its sessions; again does nothing.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when there is no such account that is enabled.
    pub async fn disable_account(
        &self,
        account: AccountId,
        by: Option<AccountId>,
        at: UnixTime,
    ) -> Result<(), StoreError> {
        transaction!(self.database, |tx| {
            let updated = sqlx::query(
                "UPDATE accounts SET disabled_at = $1, epoch = epoch + 1
                 WHERE id = $2 AND disabled_at IS NULL RETURNING login",
            )
            .bind(seconds(at))
            .bind(account.to_row())
            .fetch_optional(tx.connection())
            .await?
            .ok_or(StoreError::Conflict)?;
            let subject: String = updated.try_get("login")?;
            let what = Logged::AccountDisabled;
            write_log(&mut tx, &NewLogEntry { by, what, subject: &subject, at }).await
        })
    }

    /// Registers a contractor.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn add_contractor(
        &self,
        new: &NewContractor<'_>,
        at: UnixTime,
    ) -> Result<ContractorId, StoreError> {
        transaction!(self.database, |tx| {
            let added = sqlx::query(
                "INSERT INTO contractors (name, representative, address, mail, created_at)
                 VALUES ($1, $2, $3, $4, $5) RETURNING id",
            )
            .bind(new.name)
            .bind(new.representative)
            .bind(new.address)
            .bind(new.mail)
            .bind(seconds(at))
            .fetch_one(tx.connection())
            .await?;
            count_facts(&mut tx, 1).await?;
            row::id(&added, "id", ContractorId::from_row)
        })
    }

    /// Returns a contractor.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], or [`StoreError::Damaged`].
    pub async fn contractor(&self, id: ContractorId) -> Result<Option<Contractor>, StoreError> {
        let found = sqlx::query(
            "SELECT id, name, representative, address, mail FROM contractors WHERE id = $1",
        )
        .bind(id.to_row())
        .fetch_optional(self.database.reader())
        .await?;
        found.as_ref().map(contractor).transpose()
    }

    /// Returns all contractors, in the order of registration.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], or [`StoreError::Damaged`].
    pub async fn contractors(&self) -> Result<Vec<Contractor>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, name, representative, address, mail FROM contractors ORDER BY id",
        )
        .fetch_all(self.database.reader())
        .await?;
        rows.iter().map(contractor).collect()
    }

    async fn with_roles(&self, found: Option<AnyRow>) -> Result<Option<Account>, StoreError> {
        let Some(found) = found else { return Ok(None) };
        let id: i64 = found.try_get("id")?;
        let rows = sqlx::query("SELECT role FROM roles WHERE account = $1")
            .bind(id)
            .fetch_all(self.database.reader())
            .await?;
        let roles = rows.iter().map(|role| row::word(role, "role", Role::parse));
        account(&found, roles.collect::<Result<_, _>>()?).map(Some)
    }
}

fn account(found: &AnyRow, roles: BTreeSet<Role>) -> Result<Account, StoreError> {
    let disabled_at: Option<i64> = found.try_get("disabled_at")?;
    let contractor: Option<i64> = found.try_get("contractor")?;
    Ok(Account {
        id: row::id(found, "id", AccountId::from_row)?,
        login: found.try_get("login")?,
        name: found.try_get("name")?,
        kind: row::word(found, "kind", AccountKind::parse)?,
        roles,
        contractor: contractor.and_then(ContractorId::from_row),
        password: found.try_get("password")?,
        must_change: row::unsigned(found, "must_change")? != 0,
        epoch: row::unsigned(found, "epoch")?,
        disabled_at: disabled_at.map(crate::session::time).transpose()?,
    })
}

fn contractor(found: &AnyRow) -> Result<Contractor, StoreError> {
    Ok(Contractor {
        id: row::id(found, "id", ContractorId::from_row)?,
        name: found.try_get("name")?,
        representative: found.try_get("representative")?,
        address: found.try_get("address")?,
        mail: found.try_get("mail")?,
    })
}
