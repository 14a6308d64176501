using StreamActors.Gateway.Connection;
using StreamActors.Gateway.Tests.Support;
using StreamActors.Protocol.Transport;

namespace StreamActors.Gateway.Tests.Connection;

public class LimitTests
{
    [Fact]
    public async Task One_connection_too_many_is_closed_and_its_place_can_be_had_again()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(TestProcessor.Echo(), new ConnectionLimits { MaxConnections = 2 });
        var first = await EchoAsync(gateway);
        using var second = await EchoAsync(gateway);
        Assert.True(await IsRefusedAsync(gateway));
        first.Dispose();
        await Eventually.IsTrue(() => gateway.Registry.Count == 1, "a place is free");
        (await EchoAsync(gateway)).Dispose();
    }

    [Fact]
    public async Task An_address_has_a_limit_and_an_override()
    {
        var limits = new ConnectionLimits
        {
            MaxConnectionsPerIp = 0,
            MaxConnectionsPerIpOverrides = new Dictionary<System.Net.IPAddress, int> { [System.Net.IPAddress.Loopback] = 1 },
        };
        await using var gateway = await GatewayUnderTest.StartAsync(TestProcessor.Echo(), limits);
        using var first = await EchoAsync(gateway);
        Assert.True(await IsRefusedAsync(gateway));
    }

    [Fact]
    public async Task Frames_wait_for_memory_and_all_of_them_are_served_in_the_end()
    {
        // Room for a quarter of what comes at once: the rest waits in line.
        var limits = new ConnectionLimits { RequestMemoryBytes = 2 * 1024 * 1024 };
        await using var gateway = await GatewayUnderTest.StartAsync(TestProcessor.Echo(), limits);
        var highest = 0L;
        var clients = await Task.WhenAll(Enumerable.Range(0, 16).Select(async id =>
        {
            var client = await gateway.ConnectAsync();
            for (var round = 0; round < 5; round++)
            {
                await client.SendAsync(Frames.Request(id, 500_000));
                lock (limits) highest = Math.Max(highest, gateway.FrameMemoryTaken);
                await client.ReadAnswerAsync();
            }

            return client;
        }));
        Assert.True(highest < 4 * 1024 * 1024, $"{highest} bytes at once");
        await Eventually.IsTrue(() => gateway.FrameMemoryTaken == 0, "all memory was given back", () => $"{gateway.Services.Memory.Small.Taken} + {gateway.Services.Memory.Large.Taken}");
        foreach (var client in clients) client.Dispose();
    }

    [Fact]
    public async Task Half_frames_that_use_up_the_memory_neither_block_each_other_nor_ordinary_requests()
    {
        var limits = new ConnectionLimits { RequestMemoryBytes = 16 * 1024 * 1024 };
        await using var gateway = await GatewayUnderTest.StartAsync(TestProcessor.Echo(), limits);
        var large = new List<ITransportConnection>();
        for (var i = 0; i < 4; i++)
        {
            var client = await EchoAsync(gateway);
            large.Add(client);
        }

        var frame = Frames.Request(1, 12_000_000);
        var sends = large.Select(client => client.SendAsync(frame).AsTask()).ToArray();
        await Eventually.IsTrue(() => gateway.Services.Memory.Large.Waiting > 0, "a large frame waits");
        using (var ordinary = await gateway.ConnectAsync())
        {
            await ordinary.SendAsync(Frames.Request(2, 200_000));
            await ordinary.ReadAnswerAsync();
        }

        foreach (var client in large) await client.ReadAnswerAsync();
        await Task.WhenAll(sends);
        await Eventually.IsTrue(() => gateway.FrameMemoryTaken == 0, "all memory was given back", () => $"{gateway.Services.Memory.Small.Taken} + {gateway.Services.Memory.Large.Taken}");
        large.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task A_connection_that_is_lost_while_it_waits_for_memory_leaves_the_line()
    {
        var memory = new RequestMemory(100);
        var (a, b, c) = (new object(), new object(), new object());
        Assert.True(memory.TryTake(a, 100));
        await memory.TakeAsync(b, 50, CancellationToken.None); // overdraws
        using var lost = new CancellationTokenSource();
        var waits = memory.TakeAsync(c, 50, lost.Token).AsTask();
        Assert.False(waits.IsCompleted);
        await lost.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waits);
        Assert.Equal(0, memory.Waiting);
        memory.Return(a, 100);
        memory.Return(b, 50);
        Assert.True(memory.TryTake(c, 100));
    }

    [Fact]
    public async Task A_stop_closes_idle_connections_and_lets_a_request_finish()
    {
        var gate = new TaskCompletionSource();
        var started = false;
        await using var gateway = await GatewayUnderTest.StartAsync(new TestProcessor(async (_, frame) =>
        {
            if (frame.Length > 8)
            {
                started = true;
                await gate.Task;
            }

            return Answer.To(frame);
        }));
        using var idle = await EchoAsync(gateway);
        using var busy = await gateway.ConnectAsync();
        await busy.SendAsync(Frames.Request(5, 10));
        await Eventually.IsTrue(() => started, "the request is under way");
        var stopped = gateway.Listener.StopAsync();
        Assert.True(await idle.IsClosedByPeerAsync());
        Assert.False(stopped.IsCompleted);
        gate.SetResult();
        await busy.ReadAnswerAsync();
        await stopped.WaitAsync(Eventually.Patience);
        Assert.True(await busy.IsClosedByPeerAsync());
        await Assert.ThrowsAnyAsync<System.Net.Sockets.SocketException>(() => gateway.ConnectAsync());
    }

    [Fact]
    public void A_stop_that_comes_between_two_requests_is_seen_by_one_of_the_two()
    {
        var first = new ConnectionWatch(TimeProvider.System, new ConnectionLimits());
        first.Busy();
        Assert.False(first.Drain());
        Assert.False(first.Idle());

        var second = new ConnectionWatch(TimeProvider.System, new ConnectionLimits());
        second.Busy();
        Assert.True(second.Idle());
        Assert.True(second.Drain());
    }

    [Fact]
    public async Task A_stop_cuts_off_what_does_not_finish_in_time()
    {
        var started = false;
        await using var gateway = await GatewayUnderTest.StartAsync(new TestProcessor(async (context, _) =>
        {
            started = true;
            await Task.Delay(Timeout.Infinite, context.Connection.Closed);
            return null;
        }));
        using var busy = await gateway.ConnectAsync();
        await busy.SendAsync(Frames.Request(5));
        await Eventually.IsTrue(() => started, "the request is under way");
        var stopped = gateway.Listener.StopAsync();
        await Eventually.IsTrue(
            () =>
            {
                gateway.Time.Advance(TimeSpan.FromSeconds(1));
                return stopped.IsCompleted;
            },
            "stopped");
        Assert.True(await busy.IsClosedByPeerAsync());
        await Eventually.IsTrue(() => gateway.Registry.Count == 0, "nothing is left");
    }

    private static async Task<bool> IsRefusedAsync(GatewayUnderTest gateway)
    {
        try
        {
            using var connection = await gateway.ConnectAsync();
            return await connection.IsClosedByPeerAsync();
        }
        catch (System.Net.Sockets.SocketException)
        {
            return true; // the reset came before the connect returned
        }
    }

    private static async Task<ITransportConnection> EchoAsync(GatewayUnderTest gateway)
    {
        var client = await gateway.ConnectAsync();
        await client.SendAsync(Frames.Request(0));
        await client.ReadAnswerAsync();
        return client;
    }
}
