using System.Buffers.Binary;
using StreamActors.Client.Errors;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Transport;
using StreamActors.Protocol.Wire;

namespace StreamActors.Client.Connections;

/// <summary>Opens a connection and learns which versions the broker has (KIP-35, KIP-511).</summary>
internal static class Handshake
{
    private static readonly string SoftwareVersion = typeof(Handshake).Assembly.GetName().Version?.ToString(3) ?? "0";

    public static async Task<KafkaClientConnection> OpenAsync(BrokerAddress address, KafkaClientOptions options)
    {
        using var deadline = new CancellationTokenSource(options.ConnectTimeout, options.Time);
        ITransportConnection? transport = null;
        try
        {
            transport = await options.Transport.ConnectAsync(address.Host, address.Port, deadline.Token);
            using (deadline.Token.UnsafeRegister(static t => ((ITransportConnection)t!).Abort(), transport))
                await transport.OpenAsync(deadline.Token);
        }
        catch (Exception e) when (TransportErrors.IsConnectionLoss(e))
        {
            transport?.Dispose();
            var why = deadline.IsCancellationRequested ? $"no connection within {options.ConnectTimeout.TotalMilliseconds:0} ms" : e.Message;
            throw new KafkaException(ErrorCode.NetworkException, $"{address} cannot be reached: {why}", e);
        }

        var connection = new KafkaClientConnection(transport, address, options);
        try
        {
            await NegotiateAsync(connection, options.ConnectTimeout);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static async Task NegotiateAsync(KafkaClientConnection connection, TimeSpan timeout)
    {
        var version = ApiKeys.Info(ApiKey.ApiVersions).LatestStable;
        var response = await AskAsync(connection, version, timeout);
        if (response.ErrorCode == (short)ErrorCode.UnsupportedVersion)
        {
            version = new ApiVersionTable(response.ApiKeys).Find(ApiKey.ApiVersions, version) ?? 0;
            response = await AskAsync(connection, version, timeout);
        }

        KafkaException.ThrowIfError(response.ErrorCode, "The broker does not tell its versions");
        connection.Versions = new ApiVersionTable(response.ApiKeys);
    }

    private static Task<ApiVersionsResponse> AskAsync(KafkaClientConnection connection, short version, TimeSpan timeout) => connection.SendAsync(
        new ApiVersionsRequest { ClientSoftwareName = "streamactors", ClientSoftwareVersion = SoftwareVersion }, version, Decode, timeout);

    /// <summary>A broker that does not have the version asked for answers in version 0, whatever was asked.</summary>
    private static ApiVersionsResponse Decode(ref WireReader reader, short version)
    {
        var rest = reader.Rest.Span;
        var isRefusal = rest.Length >= 2 && BinaryPrimitives.ReadInt16BigEndian(rest) == (short)ErrorCode.UnsupportedVersion;
        return ApiVersionsResponse.Read(ref reader, isRefusal ? (short)0 : version);
    }
}
