using System.Net.Sockets;
using System.Security.Cryptography;
using StreamActors.Gateway.Tests.Support;
using StreamActors.Protocol.Transport;

namespace StreamActors.Gateway.Tests.Transport;

public sealed class TransportTests : IDisposable
{
    private readonly string path = Path.GetTempFileName();

    [Fact]
    public async Task A_large_file_range_reaches_a_slow_reader_whole_and_mostly_by_sendfile()
    {
        var content = RandomNumberGenerator.GetBytes(24 * 1024 * 1024);
        await File.WriteAllBytesAsync(path, content);
        using var handle = File.OpenHandle(path);
        var source = new FileSource(handle, 1_000_003, 20 * 1024 * 1024 + 17);
        var (server, client) = await PairAsync(new SocketTransport());
        using var _ = server;
        using var __ = client;

        var send = Task.Run(async () =>
        {
            await server.SendAsync(new byte[] { 1, 2, 3 }, more: true);
            await server.SendAsync(source, more: true);
            await server.SendAsync(new byte[] { 4, 5 });
            return server.BytesSent;
        });

        var received = new byte[source.Length + 5];
        for (var read = 0; read < received.Length;)
        {
            var length = await client.ReceiveAsync(received.AsMemory(read, Math.Min(200_000, received.Length - read)));
            Assert.NotEqual(0, length);
            read += length;
            if (read % 7 == 0) await Task.Delay(1);
        }

        Assert.Equal(received.Length, await send);
        Assert.Equal([1, 2, 3], received[..3]);
        Assert.Equal([4, 5], received[^2..]);
        Assert.True(received.AsSpan(3, source.Length).SequenceEqual(content.AsSpan(1_000_003, source.Length)));
        if (OperatingSystem.IsLinux()) Assert.True(source.Copied < source.Length / 4, $"{source.Copied} of {source.Length} bytes were copied");
    }

    [Fact]
    public async Task A_file_that_is_shorter_than_promised_breaks_the_send()
    {
        await File.WriteAllBytesAsync(path, new byte[1000]);
        using var handle = File.OpenHandle(path);
        var (server, client) = await PairAsync(new SocketTransport());
        using var _ = server;
        using var __ = client;
        await Assert.ThrowsAsync<EndOfStreamException>(() => server.SendAsync(new FileSource(handle, 500, 501)).AsTask());
    }

    [Fact]
    public async Task A_send_to_nobody_fails_and_an_abort_ends_it()
    {
        await File.WriteAllBytesAsync(path, new byte[30_000_000]);
        using var handle = File.OpenHandle(path);
        var (server, client) = await PairAsync(new SocketTransport());
        using var _ = client;
        var send = server.SendAsync(new FileSource(handle, 0, 30_000_000)).AsTask();
        Assert.False(send.IsCompleted);
        server.Abort();
        var error = await Assert.ThrowsAnyAsync<Exception>(() => send.WaitAsync(Eventually.Patience));
        Assert.True(TransportErrors.IsConnectionLoss(error), error.ToString());
    }

    [Fact]
    public async Task Localhost_is_both_loopback_addresses_on_one_port()
    {
        await using var listener = await new SocketTransport().ListenAsync("localhost", 0);
        Assert.All(listener.EndPoints, each => Assert.Equal(listener.Port, ((System.Net.IPEndPoint)each).Port));
        foreach (var address in listener.EndPoints)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(address);
            using var accepted = await listener.AcceptAsync();
            Assert.NotNull(accepted.RemoteEndPoint);
        }
    }

    [Fact]
    public async Task An_accept_ends_when_the_listener_is_disposed()
    {
        foreach (ITransport transport in new ITransport[] { new SocketTransport(), new InMemoryTransport(TimeProvider.System) })
        {
            var listener = await transport.ListenAsync("localhost", 0);
            var accept = listener.AcceptAsync().AsTask();
            await listener.DisposeAsync();
            await Assert.ThrowsAsync<ObjectDisposedException>(() => accept.WaitAsync(Eventually.Patience));
        }
    }

    [Fact]
    public async Task An_empty_receive_waits_for_bytes_and_takes_none()
    {
        foreach (ITransport transport in new ITransport[] { new SocketTransport(), new InMemoryTransport(TimeProvider.System) })
        {
            var (server, client) = await PairAsync(transport);
            using var _ = server;
            using var __ = client;
            var wait = server.ReceiveAsync(Memory<byte>.Empty).AsTask();
            Assert.False(wait.IsCompleted);
            await client.SendAsync(new byte[] { 42 });
            Assert.Equal(0, await wait.WaitAsync(Eventually.Patience));
            Assert.Equal([42], await server.ReadExactlyAsync(1));
            client.Dispose();
            Assert.Equal(0, await server.ReceiveAsync(new byte[10]));
        }
    }

    internal static async Task<(ITransportConnection Server, ITransportConnection Client)> PairAsync(ITransport transport, ITransport? clientTransport = null)
    {
        await using var listener = await transport.ListenAsync("localhost", 0);
        var client = await (clientTransport ?? transport).ConnectAsync("localhost", listener.Port);
        var server = await listener.AcceptAsync();
        await Task.WhenAll(server.OpenAsync().AsTask(), client.OpenAsync().AsTask());
        return (server, client);
    }

    public void Dispose() => File.Delete(path);
}
