using StreamActors.Configuration;
using StreamActors.Protocol.Transport;

namespace StreamActors.Hosting;

/// <summary>The transport of a listener, by its security protocol.</summary>
internal static class ListenerTransports
{
    /// <summary>What is wrong with the security of a listener; null for nothing.</summary>
    public static string? Fault(ListenerSettings listener, ServerSettings settings) => listener.Protocol switch
    {
        SecurityProtocol.Plaintext => null,
        SecurityProtocol.Ssl when Keystore(settings) is null => $"{listener}: SSL needs ssl.keystore.location, a PKCS#12 or PEM file with certificate and key.",
        SecurityProtocol.Ssl => null,
        _ => $"{listener}: SASL is not supported yet; PLAINTEXT and SSL are.",
    };

    public static ITransport Of(ListenerSettings listener, ServerSettings settings)
    {
        if (listener.Protocol == SecurityProtocol.Plaintext) return new SocketTransport();
        var (certificate, chain) = TlsCertificates.LoadKeyPair(Keystore(settings)!, password: settings.Kafka.GetValueOrDefault("ssl.keystore.password"));
        return new TlsTransport(new TlsOptions
        {
            Certificate = certificate,
            Chain = chain,
            TrustedRoots = settings.Kafka.GetValueOrDefault("ssl.truststore.location") is { } trusted
                ? TlsCertificates.LoadTrustedRoots(trusted, settings.Kafka.GetValueOrDefault("ssl.truststore.password"))
                : [],
            ClientCertificate = settings.Kafka.GetValueOrDefault("ssl.client.auth") switch
            {
                "required" => ClientCertificateMode.Required,
                "requested" => ClientCertificateMode.Requested,
                _ => ClientCertificateMode.None,
            },
        });
    }

    private static string? Keystore(ServerSettings settings) => settings.Kafka.GetValueOrDefault("ssl.keystore.location");
}
