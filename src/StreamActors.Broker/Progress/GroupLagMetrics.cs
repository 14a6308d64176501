using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using StreamActors.Broker.Coordinators.Groups;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Broker.Progress;

/// <summary>How the lag of groups is measured.</summary>
/// <param name="Interval">Between two measurements; what is read in between is the last one. Zero for never.</param>
/// <param name="MaxPartitions">The most pairs of a group and a partition that are told; the rest is counted only.</param>
public sealed record GroupLagSettings(TimeSpan Interval, int MaxPartitions)
{
    public static GroupLagSettings Default { get; } = new(TimeSpan.FromSeconds(15), 10_000);
}

/// <summary>
/// The lag of the groups that this broker coordinates, in records and in seconds, as gauges of the meter <c>StreamActors</c>; names and tags are those that dashboards
/// for Kafka know. Measured at intervals, and only while somebody listens. Partitions that sleep are not woken more than once.
/// </summary>
public sealed class GroupLagMetrics : IDisposable
{
    public const string MeterName = "StreamActors";

    private static readonly RequestOrigin Origin = new("metrics", "", 0);

    private readonly GroupCoordinatorClient groups;
    private readonly PartitionProgress progress;
    private readonly GroupLagSettings settings;
    private readonly Meter meter = new(MeterName);
    private readonly ImmutableArray<Instrument> gauges;
    private readonly ITimer? timer;
    private readonly Action<Exception> failed;
    private Measurements last = Measurements.None;
    private int measuring;

    /// <param name="groups">The coordinators of this node.</param>
    /// <param name="progress">The logs of this node.</param>
    /// <param name="clock">Makes the intervals.</param>
    /// <param name="settings">Intervals and bounds.</param>
    /// <param name="failed">Is told of a measurement that failed; the next one is tried all the same.</param>
    public GroupLagMetrics(GroupCoordinatorClient groups, PartitionProgress progress, TimeProvider clock, GroupLagSettings settings, Action<Exception> failed)
    {
        this.groups = groups;
        this.progress = progress;
        this.settings = settings;
        this.failed = failed;
        gauges =
        [
            meter.CreateObservableGauge("kafka_consumergroup_lag", () => Last.Lags, "{record}", "Records that a group has not read yet."),
            meter.CreateObservableGauge("kafka_consumergroup_lag_seconds", () => Last.Ages, "s", "Age of the first record that a group has not read yet; 0 when there is none."),
            meter.CreateObservableGauge("kafka_consumergroup_current_offset", () => Last.Offsets, description: "The offset that a group has committed."),
            meter.CreateObservableGauge("kafka_consumergroup_members", () => Last.Members, "{member}", "Members of a group."),
            meter.CreateObservableGauge("streamactors_consumergroup_lag_left_out", () => Last.LeftOut, description: "Pairs of a group and a partition beyond the bound, which are not told."),
        ];
        if (settings.Interval > TimeSpan.Zero) timer = clock.CreateTimer(static self => _ = ((GroupLagMetrics)self!).MeasureIfHeardAsync(), this, settings.Interval, settings.Interval);
    }

    private Measurements Last => Volatile.Read(ref last);

    /// <summary>Measures now, whoever listens.</summary>
    public async Task MeasureAsync()
    {
        var response = await groups.DescribeProgressAsync(new DescribeGroupProgressRequest { Groups = null }, Origin);
        var (offsets, lags, ages, members) = (new List<Measurement<long>>(), new List<Measurement<long>>(), new List<Measurement<double>>(), new List<Measurement<long>>());
        var leftOut = 0L;
        foreach (var group in response.Groups)
        {
            members.Add(new(group.Members.Count, [new("consumergroup", group.GroupId)]));
            foreach (var topic in group.Topics)
            {
                foreach (var partition in topic.Partitions)
                {
                    if (partition.CommittedOffset < 0) continue;
                    if (offsets.Count >= settings.MaxPartitions)
                    {
                        leftOut++;
                        continue;
                    }

                    KeyValuePair<string, object?>[] tags =
                        [new("consumergroup", group.GroupId), new("topic", topic.TopicName), new("partition", partition.PartitionIndex)];
                    offsets.Add(new(partition.CommittedOffset, tags));
                    var log = await progress.OfAsync(topic.TopicName, partition.PartitionIndex, partition.CommittedOffset, mayWake: true);
                    if (log.ErrorCode != (short)ErrorCode.None) continue;
                    lags.Add(new(Math.Max(0, log.HighWatermark - partition.CommittedOffset), tags));
                    if (log.LagMs >= 0) ages.Add(new(log.LagMs / 1000.0, tags));
                }
            }
        }

        Volatile.Write(ref last, new Measurements(offsets, lags, ages, members, [new(leftOut)]));
    }

    public void Dispose()
    {
        timer?.Dispose();
        meter.Dispose();
    }

    private async Task MeasureIfHeardAsync()
    {
        if (!gauges.Any(gauge => gauge.Enabled) || Interlocked.Exchange(ref measuring, 1) != 0) return;
        try
        {
            await MeasureAsync();
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            failed(failure);
        }
        finally
        {
            Volatile.Write(ref measuring, 0);
        }
    }

    private sealed record Measurements(
        IReadOnlyList<Measurement<long>> Offsets, IReadOnlyList<Measurement<long>> Lags, IReadOnlyList<Measurement<double>> Ages, IReadOnlyList<Measurement<long>> Members, IReadOnlyList<Measurement<long>> LeftOut)
    {
        public static Measurements None { get; } = new([], [], [], [], []);
    }
}
