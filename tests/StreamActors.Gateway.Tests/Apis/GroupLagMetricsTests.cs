using System.Diagnostics.Metrics;
using Microsoft.Extensions.Time.Testing;
using StreamActors.Broker.Progress;

namespace StreamActors.Gateway.Tests.Apis;

/// <summary>The lag of groups as whoever collects metrics sees it.</summary>
[Collection("meters")] // Listeners hear all meters of the process: one after the other.
public sealed class GroupLagMetricsTests(NodeUnderTest node) : IClassFixture<NodeUnderTest>
{
    [Fact]
    public async Task Lag_is_measured_at_intervals_while_somebody_listens_and_told_within_bounds()
    {
        using var client = await node.ConnectAsync();
        await NodeUnderTest.CreateTopicAsync(client, "metered", 3);
        var old = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() - 90_000;
        await GroupProgressTests.ProduceAsync(client, "metered", 0, old, old, old);
        await GroupProgressTests.ProduceAsync(client, "metered", 1, old);
        await GroupProgressTests.CommitAsync(client, "meter", "metered", (0, 1), (1, 1), (2, 0));

        var clock = new FakeTimeProvider();
        var settings = new GroupLagSettings(TimeSpan.FromSeconds(15), MaxPartitions: 2);
        using var metrics = new GroupLagMetrics(node.Services.Groups, node.Services.Progress, null, clock, settings, failure => Assert.Fail($"{failure}"));
        clock.Advance(settings.Interval);
        using var listener = new MeterListener();
        var seen = new List<(string Name, string Tags, double Value)>();
        listener.InstrumentPublished = (instrument, its) =>
        {
            if (instrument.Meter.Name == GroupLagMetrics.MeterName) its.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => seen.Add((instrument.Name, Text(tags), value)));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => seen.Add((instrument.Name, Text(tags), value)));
        listener.Start();
        listener.RecordObservableInstruments();
        // Nobody had listened, so nothing was measured.
        Assert.Empty(seen);

        clock.Advance(settings.Interval);
        for (var round = 0; round < 2000 && seen.Count == 0; round++)
        {
            await Task.Delay(50);
            listener.RecordObservableInstruments();
        }

        seen.Clear();
        listener.RecordObservableInstruments();
        Assert.Equal([2, 0], Values("kafka_consumergroup_lag").Select(each => each.Value));
        Assert.Equal("consumergroup=meter,topic=metered,partition=0", Values("kafka_consumergroup_lag")[0].Tags);
        Assert.Equal([1, 1], Values("kafka_consumergroup_current_offset").Select(each => each.Value));
        Assert.InRange(Values("kafka_consumergroup_lag_seconds")[0].Value, 90, 900);
        Assert.Equal(0, Values("kafka_consumergroup_lag_seconds")[1].Value);
        Assert.Equal(0, Assert.Single(Values("kafka_consumergroup_members")).Value);
        Assert.Equal(1, Assert.Single(Values("streamactors_consumergroup_lag_left_out")).Value);

        List<(string Name, string Tags, double Value)> Values(string name) => [.. seen.Where(each => each.Name == name).OrderBy(each => each.Tags, StringComparer.Ordinal)];
    }

    internal static string Text(ReadOnlySpan<KeyValuePair<string, object?>> tags) => string.Join(',', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"));
}
