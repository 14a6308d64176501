using System.Security.Cryptography.X509Certificates;

namespace StreamActors.Protocol.Transport;

/// <summary>Reads keys and certificates from files: PEM (<c>ssl.keystore.type=PEM</c>) and PKCS#12.</summary>
public static class TlsCertificates
{
    /// <summary>A certificate with its private key, and what else is in the file as its chain.</summary>
    /// <param name="path">A PKCS#12 file (<c>.p12</c>, <c>.pfx</c>), else PEM with the certificate first.</param>
    /// <param name="keyPath">Where the PEM key is, when not in the same file.</param>
    /// <param name="password">Of the PKCS#12 file or of the encrypted PEM key.</param>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The file, the key or the password is wrong.</exception>
    public static (X509Certificate2 Certificate, X509Certificate2Collection Chain) LoadKeyPair(string path, string? keyPath = null, string? password = null)
    {
        if (Path.GetExtension(path) is ".p12" or ".pfx")
        {
            var all = X509CertificateLoader.LoadPkcs12CollectionFromFile(path, password);
            var own = all.FirstOrDefault(each => each.HasPrivateKey)
                ?? throw new System.Security.Cryptography.CryptographicException($"{path} holds no private key.");
            all.Remove(own);
            return (own, all);
        }

        keyPath ??= path;
        var certificate = password is null
            ? X509Certificate2.CreateFromPemFile(path, keyPath)
            : X509Certificate2.CreateFromEncryptedPemFile(path, password, keyPath);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(path);
        chain.RemoveAt(0);
        return (certificate, chain);
    }

    /// <summary>The certificates of a PEM or PKCS#12 file, without keys.</summary>
    public static X509Certificate2Collection LoadTrustedRoots(string path, string? password = null)
    {
        if (Path.GetExtension(path) is ".p12" or ".pfx") return X509CertificateLoader.LoadPkcs12CollectionFromFile(path, password);
        var roots = new X509Certificate2Collection();
        roots.ImportFromPemFile(path);
        return roots;
    }
}
