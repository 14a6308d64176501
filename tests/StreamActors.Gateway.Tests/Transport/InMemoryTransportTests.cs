using System.Net;
using Microsoft.Extensions.Time.Testing;
using StreamActors.Gateway.Tests.Support;
using StreamActors.Protocol.Transport;

namespace StreamActors.Gateway.Tests.Transport;

public class InMemoryTransportTests
{
    [Fact]
    public async Task Bytes_arrive_in_order_after_their_delay()
    {
        var time = new FakeTimeProvider();
        var faults = new Faults { Delay = TimeSpan.FromMilliseconds(10) };
        var (server, client) = await TransportTests.PairAsync(new InMemoryTransport(time, faults));
        await client.SendAsync(new byte[] { 1, 2 });
        faults.Delay = TimeSpan.Zero;
        await client.SendAsync(new byte[] { 3 });
        var receive = server.ReceiveAsync(new byte[10]).AsTask();
        time.Advance(TimeSpan.FromMilliseconds(9));
        Assert.False(receive.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(await receive > 0);
        client.Dispose();
        server.Dispose();
    }

    [Fact]
    public async Task A_full_pipe_holds_up_the_sender_until_somebody_receives()
    {
        var (server, client) = await TransportTests.PairAsync(new InMemoryTransport(TimeProvider.System));
        var content = new byte[300_000];
        new Random(1).NextBytes(content);
        var send = client.SendAsync(content).AsTask();
        Assert.False(send.IsCompleted);
        Assert.Equal(content, await server.ReadExactlyAsync(content.Length));
        await send;
        Assert.Equal(content.Length, client.BytesSent);
    }

    [Fact]
    public async Task A_continuation_runs_where_the_bytes_came_from_and_on_no_other_thread()
    {
        var context = new CountingContext();
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(context);
        try
        {
            var pair = TransportTests.PairAsync(new InMemoryTransport(TimeProvider.System));
            context.RunAll();
            var (server, client) = await pair;
            var echo = EchoAsync(server, Environment.CurrentManagedThreadId);
            for (byte i = 0; i < 10; i++)
            {
                _ = client.SendAsync(new[] { i });
                context.RunAll();
                var answer = client.ReceiveAsync(new byte[1]);
                context.RunAll();
                Assert.True(answer.IsCompletedSuccessfully);
            }

            client.Dispose();
            context.RunAll();
            Assert.True(echo.IsCompletedSuccessfully);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    [Fact]
    public async Task A_broken_connection_fails_on_both_sides_and_an_unknown_address_refuses()
    {
        var network = new InMemoryTransport(TimeProvider.System, new Faults { BreakAfter = 1 });
        var (server, client) = await TransportTests.PairAsync(network);
        await client.SendAsync(new byte[] { 1 });
        var receive = server.ReadExactlyAsync(2);
        await Assert.ThrowsAsync<IOException>(async () =>
        {
            await client.SendAsync(new byte[] { 2 });
            await client.SendAsync(new byte[] { 3 });
        });
        await Assert.ThrowsAsync<IOException>(() => receive);
        await Assert.ThrowsAsync<IOException>(() => network.ConnectAsync("localhost", 1).AsTask());
    }

    private static async Task EchoAsync(ITransportConnection server, int thread)
    {
        var buffer = new byte[1];
        while (await server.ReceiveAsync(buffer) > 0)
        {
            Assert.Equal(thread, Environment.CurrentManagedThreadId);
            await server.SendAsync(buffer);
        }
    }

    private sealed class CountingContext : SynchronizationContext
    {
        private readonly Queue<(SendOrPostCallback, object?)> posted = new();

        public override void Post(SendOrPostCallback d, object? state) => posted.Enqueue((d, state));

        public void RunAll()
        {
            while (posted.TryDequeue(out var next)) next.Item1(next.Item2);
        }
    }

    private sealed class Faults : INetworkFaults
    {
        private int sent;

        public TimeSpan Delay { get; set; }

        public int BreakAfter { get; init; } = int.MaxValue;

        public bool MayConnect(EndPoint server) => true;

        public TimeSpan DelayOf(EndPoint from, EndPoint to, int bytes) => Delay;

        public int ReceiveSize(EndPoint from, EndPoint to, int available) => available;

        public bool Breaks(EndPoint from, EndPoint to, int bytes) => sent++ >= BreakAfter;
    }
}
