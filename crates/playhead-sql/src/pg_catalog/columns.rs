//! Names and columns of the tables of the catalogue.

/// All tables, each with its columns: `name` of text, `name:i` of integers, `name:b` of flags.
const TABLES: &[(&str, &str)] = &[
    ("pg_am", "oid:i amname amtype"),
    ("pg_attrdef", "oid:i adrelid:i adnum:i adbin"),
    (
        "pg_attribute",
        "attrelid:i attname atttypid:i attlen:i attnum:i atttypmod:i attnotnull:b \
         atthasdef:b attisdropped:b attidentity attgenerated attcollation:i \
         attstattarget:i attstorage attcompression attfdwoptions attacl attndims:i \
         attislocal:b",
    ),
    (
        "pg_auth_members",
        "roleid:i member:i grantor:i admin_option:b",
    ),
    (
        "pg_class",
        "oid:i relname relnamespace:i relkind relowner:i relam:i reltablespace:i \
         reltuples:i relpages:i relhasindex:b relhasrules:b relhastriggers:b \
         relrowsecurity:b relforcerowsecurity:b relispartition:b relpersistence \
         relreplident relchecks:i reltoastrelid:i reloftype:i relnatts:i relisshared:b \
         reloptions relacl relpartbound reltype:i relhasoids:b",
    ),
    ("pg_collation", "oid:i collname collnamespace:i"),
    (
        "pg_constraint",
        "oid:i conname conrelid:i confrelid:i contype conkey confkey connamespace:i \
         conparentid:i conindid:i condeferrable:b condeferred:b",
    ),
    (
        "pg_database",
        "oid:i datname datdba:i encoding:i datcollate datctype datistemplate:b \
         datallowconn:b datconnlimit:i datacl datlocprovider daticulocale daticurules \
         datcollversion dattablespace:i",
    ),
    (
        "pg_depend",
        "classid:i objid:i objsubid:i refclassid:i refobjid:i deptype",
    ),
    (
        "pg_description",
        "objoid:i classoid:i objsubid:i description",
    ),
    ("pg_enum", "oid:i enumtypid:i enumsortorder:i enumlabel"),
    ("pg_extension", "oid:i extname extversion extnamespace:i"),
    ("pg_foreign_table", "ftrelid:i ftserver:i ftoptions"),
    (
        "pg_index",
        "indexrelid:i indrelid:i indisprimary:b indisunique:b indisclustered:b \
         indisvalid:b indisreplident:b indkey indnatts:i indexprs indpred",
    ),
    (
        "pg_inherits",
        "inhrelid:i inhparent:i inhseqno:i inhdetachpending:b",
    ),
    ("pg_matviews", "schemaname matviewname matviewowner"),
    ("pg_namespace", "oid:i nspname nspowner:i nspacl"),
    (
        "pg_policy",
        "oid:i polname polrelid:i polpermissive:b polroles polcmd polqual polwithcheck",
    ),
    (
        "pg_proc",
        "oid:i proname pronamespace:i prorettype:i prokind proowner:i prosecdef:b \
         provolatile proparallel prolang:i prosrc proacl",
    ),
    ("pg_publication", "oid:i pubname puballtables:b"),
    ("pg_publication_namespace", "oid:i pnpubid:i pnnspid:i"),
    (
        "pg_publication_rel",
        "oid:i prpubid:i prrelid:i prqual prattrs",
    ),
    ("pg_range", "rngtypid:i rngsubtype:i"),
    ("pg_rewrite", "oid:i rulename ev_class:i ev_type ev_enabled"),
    (
        "pg_roles",
        "oid:i rolname rolsuper:b rolcanlogin:b rolinherit:b rolcreaterole:b \
         rolcreatedb:b rolconnlimit:i rolvaliduntil rolreplication:b rolbypassrls:b",
    ),
    ("pg_settings", "name setting unit category short_desc"),
    (
        "pg_statistic_ext",
        "oid:i stxrelid:i stxname stxnamespace:i stxkind stxstattarget:i",
    ),
    ("pg_tables", "schemaname tablename tableowner tablespace"),
    (
        "pg_tablespace",
        "oid:i spcname spcowner:i spcacl spcoptions",
    ),
    (
        "pg_trigger",
        "oid:i tgrelid:i tgname tgisinternal:b tgenabled",
    ),
    (
        "pg_type",
        "oid:i typname typnamespace:i typlen:i typtype typcategory typelem:i typrelid:i \
         typbasetype:i typtypmod:i typnotnull:b typcollation:i typarray:i typdelim \
         typinput typreceive typowner:i typndims:i typdefault",
    ),
    ("pg_user", "usesysid:i usename usesuper:b"),
    ("pg_views", "schemaname viewname viewowner definition"),
];

/// The tables that have rows; of what the others list there is nothing here.
pub(super) const FILLED: &[&str] = &[
    "pg_attribute",
    "pg_class",
    "pg_database",
    "pg_namespace",
    "pg_roles",
    "pg_tables",
    "pg_tablespace",
    "pg_type",
    "pg_user",
    "pg_views",
];

pub(super) fn names() -> impl Iterator<Item = &'static str> {
    TABLES.iter().map(|(name, _)| *name)
}

/// The columns of a table.
pub(super) fn of(table: &str) -> Option<Vec<&'static str>> {
    let (_, columns) = TABLES.iter().find(|(known, _)| *known == table)?;
    Some(columns.split_whitespace().collect())
}
