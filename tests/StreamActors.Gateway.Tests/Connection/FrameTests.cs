using StreamActors.Gateway.Connection;
using StreamActors.Gateway.Tests.Support;
using StreamActors.Protocol.Transport;

namespace StreamActors.Gateway.Tests.Connection;

[Collection(MeasuresMemory.Name)]
public class FrameTests
{
    [Fact]
    public async Task Frames_arrive_whole_however_the_network_cuts_them()
    {
        var seen = new List<(int Id, bool Intact, int Length)>();
        await using var gateway = await StartAsync(seen);
        var stream = Frames.Request(1).Concat(Frames.Request(2, 30)).Concat(Frames.Request(3, 5)).ToArray();

        for (var cut = 1; cut < stream.Length; cut++)
        {
            seen.Clear();
            using var client = await gateway.ConnectAsync();
            await client.SendAsync(stream.AsMemory(0, cut));
            await client.SendAsync(stream.AsMemory(cut));
            for (var id = 1; id <= 3; id++) Assert.Equal(id, Frames.CorrelationId(new byte[4].Concat(await client.ReadAnswerAsync()).ToArray()));
            Assert.Equal([(1, true, 8), (2, true, 38), (3, true, 13)], seen);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1000)]
    public async Task Frames_of_every_size_class_arrive_whole(int receiveSize)
    {
        var seen = new List<(int Id, bool Intact, int Length)>();
        var network = new InMemoryTransport(TimeProvider.System, new SmallReceives(receiveSize));
        await using var gateway = await StartAsync(seen, network);
        using var client = await gateway.ConnectAsync();
        int[] payloads = [0, 1, 4076, 4084, 4085, 4092, 5000, 16_380, 70_000, 20, 300_000, 0, 1_500_000 / Math.Max(1, 1000 / receiveSize)];
        var sending = Task.Run(async () =>
        {
            for (var id = 0; id < payloads.Length; id++) await client.SendAsync(Frames.Request(id, payloads[id]));
        });

        foreach (var _ in payloads) await client.ReadAnswerAsync();
        await sending;
        Assert.Equal(payloads.Select((payload, id) => (id, true, payload + 8)), seen);
        await Eventually.IsTrue(() => gateway.FrameMemoryTaken == 0, "all memory was given back", () => $"{gateway.Services.Memory.Small.Taken} + {gateway.Services.Memory.Large.Taken}");
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    [InlineData(0x47455420)] // "GET "
    [InlineData(0x16030100)] // a TLS handshake
    public async Task A_length_that_no_request_has_closes_the_connection(int length)
    {
        await using var gateway = await StartAsync([]);
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Frames.Announce(length));
        Assert.True(await client.IsClosedByPeerAsync());
    }

    [Fact]
    public async Task A_frame_beyond_the_limit_closes_the_connection_and_one_at_the_limit_does_not()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(TestProcessor.Echo(), new ConnectionLimits { MaxFrameBytes = 10_000 });
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Frames.Request(1, 10_000 - 8));
        await client.ReadAnswerAsync();
        await client.SendAsync(Frames.Announce(10_001));
        Assert.True(await client.IsClosedByPeerAsync());
    }

    [Fact]
    public async Task The_first_frame_has_a_limit_of_its_own()
    {
        await using var gateway = await StartAsync([]);
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Frames.Announce(2 * 1024 * 1024 + 1));
        Assert.True(await client.IsClosedByPeerAsync());
    }

    [Fact]
    public async Task A_hundred_connections_that_announce_99_MiB_and_send_nothing_cost_nothing()
    {
        await using var gateway = await StartAsync([]);
        var announcers = new List<ITransportConnection>();
        for (var i = 0; i < 100; i++)
        {
            var client = await gateway.ConnectAsync();
            await client.SendAsync(Frames.Request(i));
            await client.ReadAnswerAsync();
            announcers.Add(client);
        }

        var before = GC.GetTotalMemory(forceFullCollection: true);
        foreach (var client in announcers) await client.SendAsync(Frames.Announce(99 * 1024 * 1024));

        using var other = await gateway.ConnectAsync();
        await other.SendAsync(Frames.Request(7, 100_000));
        await other.ReadAnswerAsync();

        Assert.True(gateway.FrameMemoryTaken < 512 * 1024, $"{gateway.FrameMemoryTaken} bytes are accounted");
        var cost = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.True(cost < 4 * 1024 * 1024, $"{cost} bytes");
        announcers.ForEach(client => client.Abort());
    }

    private static Task<GatewayUnderTest> StartAsync(List<(int Id, bool Intact, int Length)> seen, ITransport? transport = null) =>
        GatewayUnderTest.StartAsync(
            new TestProcessor((_, frame) =>
            {
                seen.Add((Frames.CorrelationId(frame), Frames.IsIntact(frame), frame.Length));
                return new(Answer.To(frame));
            }),
            transport: transport,
            host: transport is null ? "127.0.0.1" : "broker");

    private sealed class SmallReceives(int size) : INetworkFaults
    {
        public bool MayConnect(System.Net.EndPoint server) => true;

        public TimeSpan DelayOf(System.Net.EndPoint from, System.Net.EndPoint to, int bytes) => TimeSpan.Zero;

        public int ReceiveSize(System.Net.EndPoint from, System.Net.EndPoint to, int available) => Math.Min(size, available);

        public bool Breaks(System.Net.EndPoint from, System.Net.EndPoint to, int bytes) => false;
    }
}
