using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace StreamActors.Protocol.Transport;

/// <summary>Whether the server asks for the client's certificate: Kafka's <c>ssl.client.auth</c>.</summary>
public enum ClientCertificateMode
{
    None,
    Requested,
    Required,
}

/// <summary>Keys and trust of one side of TLS. A server needs <see cref="Certificate"/>.</summary>
public sealed record TlsOptions
{
    /// <summary>Our certificate with its private key.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>The certificates between ours and the root, sent along in the handshake.</summary>
    public X509Certificate2Collection Chain { get; init; } = [];

    /// <summary>The roots that we trust; empty for the system's.</summary>
    public X509Certificate2Collection TrustedRoots { get; init; } = [];

    public ClientCertificateMode ClientCertificate { get; init; }

    /// <summary>A client checks that the server's certificate is for the host that it connects to.</summary>
    public bool VerifyHostName { get; init; } = true;

    public SslProtocols Protocols { get; init; } = SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>Whether a peer's certificate comes from one of our roots, whatever host it is for.</summary>
    public bool Trusts(X509Certificate certificate) => IsTrusted(certificate, SslPolicyErrors.None, checkName: false);

    internal SslServerAuthenticationOptions ToServerOptions() => new()
    {
        ServerCertificateContext = SslStreamCertificateContext.Create(
            Certificate ?? throw new InvalidOperationException("A TLS listener needs a certificate with its private key."), Chain, offline: true),
        ClientCertificateRequired = ClientCertificate != ClientCertificateMode.None,
        RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
            certificate is null ? ClientCertificate != ClientCertificateMode.Required : IsTrusted(certificate, errors, checkName: false),
        EnabledSslProtocols = Protocols,
    };

    internal SslClientAuthenticationOptions ToClientOptions(string host) => new()
    {
        TargetHost = host,
        ClientCertificateContext = Certificate is null ? null : SslStreamCertificateContext.Create(Certificate, Chain, offline: true),
        RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
            certificate is not null && IsTrusted(certificate, errors, VerifyHostName),
        EnabledSslProtocols = Protocols,
    };

    private bool IsTrusted(X509Certificate certificate, SslPolicyErrors errors, bool checkName)
    {
        if (checkName && errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)) return false;
        if (TrustedRoots.Count == 0) return !errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors);

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(TrustedRoots);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(X509CertificateLoader.LoadCertificate(certificate.GetRawCertData()));
    }
}
