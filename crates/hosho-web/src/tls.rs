//! TLS 1.2 and 1.3 by rustls, with ring.

use std::path::Path;
use std::sync::Arc;

use axum_server::tls_rustls::RustlsConfig;
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::settings::{ConfigError, Tls, check_private};

/// Reads certificate and key.
pub(crate) fn load(tls: &Tls) -> Result<RustlsConfig, ConfigError> {
    check_private(&tls.key)?;
    let chain = chain(&tls.certificate)?;
    let key = PrivateKeyDer::from_pem_file(&tls.key).map_err(|_| {
        ConfigError::new(
            &tls.key,
            "秘密鍵を読み取れません。PEM 形式の秘密鍵を指定してください",
            "holds no private key; name a file in PEM form",
        )
    })?;
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key));
    let mut config = config.map_err(|_| {
        ConfigError::new(
            &tls.certificate,
            "証明書と秘密鍵の組が使えません。対応するファイルを指定してください",
            "certificate and key cannot be used together; name files that belong together",
        )
    })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(RustlsConfig::from_config(Arc::new(config)))
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
    let chain =
        CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match chain {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        _ => Err(ConfigError::new(
            path,
            "証明書を読み取れません。PEM 形式の証明書(中間証明書を含む)を指定してください",
            "holds no certificate; name a file in PEM form, with the intermediate ones",
        )),
    }
}
