//! stub
#[derive(Debug,Default)] pub struct Options;
#[derive(Debug)] pub struct Lookup;
pub struct Headers<'a>{ pub user_agent: Option<&'a [u8]>, pub forwarded: Option<&'a [u8]>, pub forwarded_for: Option<&'a [u8]> }
impl Lookup { pub fn new(_:&Options)->Result<Self,std::io::Error>{Ok(Self)} pub fn sender(&mut self, api:&str,_:std::net::IpAddr,_:Headers<'_>)->playhead_model::record::Sender{playhead_model::record::Sender{api:api.into(),..Default::default()}} }
