using StreamActors.Gateway.Connection;
using StreamActors.Gateway.Tests.Support;

namespace StreamActors.Gateway.Tests.Connection;

public class DeadlineTests
{
    [Fact]
    public async Task An_idle_connection_is_closed_after_the_idle_deadline_and_not_before()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(TestProcessor.Echo());
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Frames.Request(1));
        await client.ReadAnswerAsync();
        await gateway.PassAsync(TimeSpan.FromSeconds(590));
        await client.SendAsync(Frames.Request(2));
        await client.ReadAnswerAsync();
        Assert.Equal(1, gateway.Registry.Count);

        var closed = client.IsClosedByPeerAsync();
        await Eventually.IsTrue(
            () =>
            {
                gateway.Time.Advance(TimeSpan.FromSeconds(60));
                return closed.IsCompleted;
            },
            "closed");
        Assert.True(await closed);
    }

    [Fact]
    public async Task A_frame_that_does_not_go_on_is_closed()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(TestProcessor.Echo());
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Frames.Request(1, 100).AsMemory(0, 50));
        await AssertClosedAsync(gateway, TimeSpan.FromSeconds(31), client);
    }

    [Fact]
    public async Task A_frame_that_goes_on_byte_by_byte_is_closed_too()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(TestProcessor.Echo());
        using var client = await gateway.ConnectAsync();
        var frame = Frames.Request(1, 1000);
        var sent = 0;
        try
        {
            for (; sent < frame.Length && gateway.Registry.Count + (sent == 0 ? 1 : 0) > 0; sent++)
            {
                await client.SendAsync(frame.AsMemory(sent, 1));
                gateway.Time.Advance(TimeSpan.FromSeconds(5));
                await Task.Delay(1);
            }
        }
        catch (Exception e) when (Protocol.Transport.TransportErrors.IsConnectionLoss(e))
        {
            // Closed while a byte was on its way.
        }

        Assert.True(sent < 500, $"{sent} bytes at 0.2 a second were accepted");
        Assert.True(await client.IsClosedByPeerAsync());
    }

    [Fact]
    public async Task A_client_that_does_not_read_its_answers_is_no_longer_read_from_and_closed_in_the_end()
    {
        var answered = 0;
        await using var gateway = await GatewayUnderTest.StartAsync(new TestProcessor((_, frame) =>
        {
            Interlocked.Increment(ref answered);
            return new(Answer.With(Frames.CorrelationId(frame), new Support.MemorySource(1024 * 1024)));
        }));
        using var client = await gateway.ConnectAsync();
        var requests = Enumerable.Range(0, 100).SelectMany(id => Frames.Request(id)).ToArray();
        await client.SendAsync(requests);

        var last = -1;
        await Eventually.IsTrue(
            () =>
            {
                var stands = last == answered && answered > 0;
                last = answered;
                return stands;
            },
            "it stands still");
        Assert.True(answered < 50, $"{answered} MiB were answered to nobody");
        Assert.Equal(1, gateway.Registry.Count);
        await gateway.PassAsync(TimeSpan.FromSeconds(590));
        Assert.Equal(1, gateway.Registry.Count);
        await Eventually.IsTrue(
            () =>
            {
                gateway.Time.Advance(TimeSpan.FromSeconds(60));
                return gateway.Registry.Count == 0;
            },
            "closed");
    }

    [Fact]
    public async Task A_request_that_takes_long_is_not_the_clients_fault()
    {
        var gate = new TaskCompletionSource();
        await using var gateway = await GatewayUnderTest.StartAsync(new TestProcessor(async (_, frame) =>
        {
            await gate.Task;
            return Answer.To(frame);
        }));
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Frames.Request(1));
        await Eventually.IsTrue(() => gateway.Registry.Count == 1, "connected");
        await gateway.PassAsync(TimeSpan.FromSeconds(500));
        gate.SetResult();
        await client.ReadAnswerAsync();
    }

    private static async Task AssertClosedAsync(GatewayUnderTest gateway, TimeSpan after, Protocol.Transport.ITransportConnection client)
    {
        var closed = client.IsClosedByPeerAsync();
        await gateway.PassAsync(after - TimeSpan.FromSeconds(10));
        Assert.False(closed.IsCompleted);
        await Eventually.IsTrue(
            () =>
            {
                gateway.Time.Advance(TimeSpan.FromSeconds(10));
                return closed.IsCompleted;
            },
            "closed");
        Assert.True(await closed);
    }
}
