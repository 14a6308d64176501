using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using StreamActors.Gateway.Tests.Support;
using StreamActors.Protocol.Transport;

namespace StreamActors.Gateway.Tests.Transport;

public class TlsTests
{
    [Fact]
    public async Task Requests_and_answers_travel_over_tls()
    {
        using var certificate = Create("localhost");
        var server = new TlsTransport(new TlsOptions { Certificate = certificate });
        var client = new TlsTransport(new TlsOptions { TrustedRoots = [certificate] });
        await using var gateway = await GatewayUnderTest.StartAsync(
            new TestProcessor((context, frame) =>
            {
                Assert.True(context.Connection.IsEncrypted);
                return new(Answer.With(Frames.CorrelationId(frame), new MemorySource(1_000_000)));
            }),
            transport: server,
            host: "localhost");
        using var connection = await gateway.ConnectAsync(client);
        await connection.SendAsync(Frames.Request(7, 300_000));
        var answer = await connection.ReadAnswerAsync();
        Assert.True(answer.AsSpan(answer.Length - 1_000_000).SequenceEqual(new Protocol.Wire.RecordsData(new MemorySource(1_000_000)).ToArray()));
    }

    [Fact]
    public async Task A_client_refuses_a_server_that_it_does_not_trust_or_that_has_another_name()
    {
        using var certificate = Create("localhost");
        using var elsewhere = Create("elsewhere");
        await Assert.ThrowsAsync<System.Security.Authentication.AuthenticationException>(
            () => ConnectAsync(new TlsOptions { Certificate = certificate }, new TlsOptions()));
        await Assert.ThrowsAsync<System.Security.Authentication.AuthenticationException>(
            () => ConnectAsync(new TlsOptions { Certificate = elsewhere }, new TlsOptions { TrustedRoots = [elsewhere] }));
        await ConnectAsync(new TlsOptions { Certificate = elsewhere }, new TlsOptions { TrustedRoots = [elsewhere], VerifyHostName = false });
    }

    [Fact]
    public async Task A_server_that_requires_a_client_certificate_refuses_one_without()
    {
        using var certificate = Create("localhost");
        using var own = Create("alice");
        var server = new TlsOptions { Certificate = certificate, TrustedRoots = [own], ClientCertificate = ClientCertificateMode.Required };
        await ConnectAsync(server, new TlsOptions { TrustedRoots = [certificate], Certificate = own });
        var error = await Assert.ThrowsAnyAsync<Exception>(() => ConnectAsync(server, new TlsOptions { TrustedRoots = [certificate] }));
        Assert.True(TransportErrors.IsConnectionLoss(error), error.ToString());
    }

    [Fact]
    public async Task A_key_pair_is_read_from_pem_and_from_pkcs12()
    {
        using var certificate = Create("localhost");
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var pem = Path.Combine(folder.FullName, "server.pem");
            await File.WriteAllTextAsync(pem, certificate.ExportCertificatePem() + "\n" + certificate.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem());
            var pfx = Path.Combine(folder.FullName, "server.p12");
            await File.WriteAllBytesAsync(pfx, certificate.Export(X509ContentType.Pkcs12, "secret"));

            Assert.Equal(certificate.Thumbprint, TlsCertificates.LoadKeyPair(pem).Certificate.Thumbprint);
            var (fromPfx, chain) = TlsCertificates.LoadKeyPair(pfx, password: "secret");
            Assert.True(fromPfx.HasPrivateKey);
            Assert.Empty(chain);
            Assert.Single(TlsCertificates.LoadTrustedRoots(pem));
            Assert.ThrowsAny<CryptographicException>(() => TlsCertificates.LoadKeyPair(pfx, password: "wrong"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task ConnectAsync(TlsOptions server, TlsOptions client)
    {
        await using var listener = await new TlsTransport(server).ListenAsync("localhost", 0);
        using var connecting = await new TlsTransport(client).ConnectAsync("localhost", listener.Port);
        using var accepted = await listener.AcceptAsync();
        var opened = accepted.OpenAsync().AsTask();
        try
        {
            await connecting.OpenAsync().AsTask().WaitAsync(Eventually.Patience);
        }
        catch
        {
            connecting.Abort();
            await Task.WhenAny(opened).WaitAsync(Eventually.Patience); // with TLS 1.3 the server may believe that all is well
            throw;
        }

        await opened.WaitAsync(Eventually.Patience);
    }

    private static X509Certificate2 Create(string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        if (name == "localhost") names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
