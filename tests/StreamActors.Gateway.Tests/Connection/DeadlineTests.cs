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
        await gateway.IsIdleAsync();
        await gateway.PassAsync(TimeSpan.FromSeconds(590));
        await client.SendAsync(Frames.Request(2));
        await client.ReadAnswerAsync();
        await gateway.IsIdleAsync();
        await gateway.PassAsync(TimeSpan.FromSeconds(590));
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
        await gateway.IsIdleAsync();
        await client.SendAsync(Frames.Request(1, 100).AsMemory(0, 50));
        await Eventually.IsTrue(() => gateway.Registry.IdleCount == 0, "the frame has begun");
        await AssertClosedAsync(gateway, TimeSpan.FromSeconds(31), client);
    }

    [Fact]
    public async Task A_frame_that_goes_on_byte_by_byte_is_closed_too()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(TestProcessor.Echo());
        using var client = await gateway.ConnectAsync();
        var frame = Frames.Request(1, 1000);
        var sent = 0;
        await gateway.IsIdleAsync();
        try
        {
            while (sent < frame.Length && gateway.Registry.Count > 0)
            {
                await client.SendAsync(frame.AsMemory(sent++, 1));
                if (sent == 1) await Eventually.IsTrue(() => gateway.Registry.IdleCount == 0, "the frame has begun");
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

        var (last, same) = (0, 0);
        await Eventually.IsTrue(
            () =>
            {
                same = last == answered && answered > 0 ? same + 1 : 0;
                last = answered;
                return same == 300; // looks, not milliseconds: a busy machine takes longer for them as well
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
        var (begun, gate) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var gateway = await GatewayUnderTest.StartAsync(new TestProcessor(async (_, frame) =>
        {
            begun.SetResult();
            await gate.Task;
            return Answer.To(frame);
        }));
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Frames.Request(1));
        await begun.Task.WaitAsync(Eventually.Patience);
        await gateway.PassAsync(TimeSpan.FromSeconds(5000));
        Assert.Equal(1, gateway.Registry.Count);
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
