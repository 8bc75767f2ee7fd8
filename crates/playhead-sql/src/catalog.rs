//! The names under which tables and views are found.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use datafusion::catalog::{
    CatalogProvider, CatalogProviderList, MemoryCatalogProvider, MemoryCatalogProviderList,
    SchemaProvider, TableProvider,
};
use datafusion::error::Result;
use playhead_model::catalog::Table;

use crate::pg_catalog::{self, PgCatalog};
use crate::present::Present;
use crate::table::PresentTable;
use crate::views::VIEWS;

pub(crate) const CATALOG: &str = "playhead";
pub(crate) const SCHEMA: &str = "public";
pub(crate) const OPEN_SESSIONS: &str = "open_sessions";

/// Every table and view.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let tables = Table::ALL.into_iter().map(Table::name);
    let views = VIEWS.iter().map(|view| view.name);
    tables.chain([OPEN_SESSIONS]).chain(views)
}

/// What a query can name.
#[derive(Debug)]
pub(crate) struct Tables {
    present: Arc<Present>,
    /// The views that were planned.
    views: Mutex<HashMap<&'static str, Arc<dyn TableProvider>>>,
}

impl Tables {
    pub(crate) fn new(present: Arc<Present>) -> Arc<Self> {
        Arc::new(Self {
            present,
            views: Mutex::default(),
        })
    }

    /// A catalog that has these tables.
    ///
    /// # Errors
    /// If they cannot be registered.
    pub(crate) fn catalogs(self: &Arc<Self>) -> Result<Arc<dyn CatalogProviderList>> {
        let catalog = MemoryCatalogProvider::new();
        let schema: Arc<dyn SchemaProvider> = self.clone();
        catalog.register_schema(SCHEMA, schema)?;
        let theirs = Arc::new(PgCatalog::new(self.clone()));
        catalog.register_schema(pg_catalog::SCHEMA, theirs)?;
        let catalogs = MemoryCatalogProviderList::new();
        catalogs.register_catalog(CATALOG.to_owned(), Arc::new(catalog));
        Ok(Arc::new(catalogs))
    }

    pub(crate) fn add_view(&self, name: &'static str, view: Arc<dyn TableProvider>) {
        let mut views = self.views.lock().unwrap_or_else(PoisonError::into_inner);
        views.insert(name, view);
    }

    /// Every table and view that there is, with its name.
    pub(crate) fn all(&self) -> Vec<(&'static str, Arc<dyn TableProvider>)> {
        names()
            .filter_map(|name| Some((name, self.find(name)?)))
            .collect()
    }

    fn find(&self, name: &str) -> Option<Arc<dyn TableProvider>> {
        let present = || self.present.clone();
        if name == OPEN_SESSIONS {
            return Some(Arc::new(PresentTable::open(present())));
        }
        let table = Table::ALL.into_iter().find(|table| table.name() == name);
        if let Some(table) = table {
            return Some(Arc::new(PresentTable::closed(table, present())));
        }
        let views = self.views.lock().unwrap_or_else(PoisonError::into_inner);
        views.get(name).cloned()
    }
}

#[async_trait]
impl SchemaProvider for Tables {
    fn table_names(&self) -> Vec<String> {
        let found = names().filter(|name| self.find(name).is_some());
        found.map(str::to_owned).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        Ok(match self.find(name) {
            None => PgCatalog::find(self, name)?,
            found => found,
        })
    }

    fn table_exist(&self, name: &str) -> bool {
        self.find(name).is_some() || pg_catalog::has(name)
    }
}
