using StreamActors.Gateway.Connection;
using StreamActors.Gateway.Tests.Support;

namespace StreamActors.Gateway.Tests.Connection;

public class PipelineTests
{
    [Fact]
    public async Task The_next_request_waits_for_the_answer_of_the_one_before()
    {
        var first = new TaskCompletionSource();
        var started = new List<int>();
        await using var gateway = await GatewayUnderTest.StartAsync(new TestProcessor(async (_, frame) =>
        {
            var id = Frames.CorrelationId(frame);
            lock (started) started.Add(id);
            if (id == 1) await first.Task;
            return Answer.To(id);
        }));
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Frames.Request(1).Concat(Frames.Request(2)).ToArray());
        await Eventually.IsTrue(() => started.Count == 1, "the first has started");
        first.SetResult();
        Assert.Equal(1, Id(await client.ReadAnswerAsync()));
        Assert.Equal(2, Id(await client.ReadAnswerAsync()));
        Assert.Equal([1, 2], started);
    }

    [Fact]
    public async Task Requests_that_allow_the_next_one_overlap_and_are_answered_in_order()
    {
        var answers = Enumerable.Range(0, 20).Select(_ => new TaskCompletionSource()).ToArray();
        var intact = true;
        var started = 0;
        await using var gateway = await GatewayUnderTest.StartAsync(new TestProcessor(async (context, frame) =>
        {
            var id = Frames.CorrelationId(frame);
            Interlocked.Increment(ref started);
            context.AllowNext();
            await answers[id].Task;
            intact &= Frames.IsIntact(frame); // the frame's memory is ours until now
            return id % 3 == 2 ? null : Answer.To(id);
        }));
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Enumerable.Range(0, 20).SelectMany(id => Frames.Request(id, 10 * id)).ToArray());
        await Eventually.IsTrue(() => started == 20, "all have started");

        foreach (var each in answers.Reverse()) each.SetResult();
        for (var id = 0; id < 20; id++)
        {
            if (id % 3 != 2) Assert.Equal(id, Id(await client.ReadAnswerAsync()));
        }

        Assert.True(intact);
        await Eventually.IsTrue(() => gateway.FrameMemoryTaken == 0, "all memory was given back", () => $"{gateway.Services.Memory.Small.Taken} + {gateway.Services.Memory.Large.Taken}");
    }

    [Fact]
    public async Task A_request_that_does_not_allow_the_next_one_still_keeps_its_place_behind_pipelined_ones()
    {
        var produce = new TaskCompletionSource();
        var started = new List<int>();
        await using var gateway = await GatewayUnderTest.StartAsync(new TestProcessor(async (context, frame) =>
        {
            var id = Frames.CorrelationId(frame);
            lock (started) started.Add(id);
            if (id == 1)
            {
                context.AllowNext();
                await produce.Task;
            }

            return Answer.To(id);
        }));
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Frames.Request(1).Concat(Frames.Request(2)).Concat(Frames.Request(3)).ToArray());
        await Eventually.IsTrue(() => started.Count == 2, "the second has started");
        produce.SetResult();
        for (var id = 1; id <= 3; id++) Assert.Equal(id, Id(await client.ReadAnswerAsync()));
    }

    [Fact]
    public async Task Reading_stops_where_too_much_is_in_flight_and_goes_on_when_answers_leave()
    {
        var gate = new TaskCompletionSource();
        var started = 0;
        var limits = new ConnectionLimits { MaxInFlightRequests = 4 };
        await using var gateway = await GatewayUnderTest.StartAsync(
            new TestProcessor(async (context, frame) =>
            {
                Interlocked.Increment(ref started);
                context.AllowNext();
                await gate.Task;
                return Answer.To(frame);
            }),
            limits);
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Enumerable.Range(0, 10).SelectMany(id => Frames.Request(id)).ToArray());
        await Eventually.IsTrue(() => started >= 4, "four are in flight");
        using (var other = await gateway.ConnectAsync())
        {
            await other.SendAsync(Frames.Request(99));
            await Eventually.IsTrue(() => started == 5, "another connection is served, and nothing more of the first");
        }

        gate.SetResult();
        for (var id = 0; id < 10; id++) Assert.Equal(id, Id(await client.ReadAnswerAsync()));
    }

    [Fact]
    public async Task An_exception_closes_the_connection_after_the_answers_before_it()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(new TestProcessor((context, frame) =>
        {
            context.AllowNext();
            var id = Frames.CorrelationId(frame);
            return id == 2 ? throw new InvalidOperationException("planted") : new(Answer.To(id));
        }));
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Frames.Request(1));
        Assert.Equal(1, Id(await client.ReadAnswerAsync()));
        await client.SendAsync(Frames.Request(2).Concat(Frames.Request(3)).ToArray());
        Assert.True(await client.IsClosedByPeerAsync());
        await Eventually.IsTrue(() => gateway.Registry.Count == 0 && gateway.FrameMemoryTaken == 0, "nothing is left of it");
    }

    [Fact]
    public async Task A_request_may_close_its_connection_after_its_answer()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(new TestProcessor((context, frame) =>
        {
            context.Close(CloseReason.UnsupportedRequest);
            return new(Answer.To(frame));
        }));
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Frames.Request(1));
        Assert.Equal(1, Id(await client.ReadAnswerAsync()));
        Assert.True(await client.IsClosedByPeerAsync());
    }

    private static int Id(byte[] answer) => System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(answer);
}
