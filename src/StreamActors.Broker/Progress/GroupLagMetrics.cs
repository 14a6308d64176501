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
    private readonly IRemoteProgress? remote;
    private readonly GroupLagSettings settings;
    private readonly Meter meter = new(MeterName);
    private readonly ImmutableArray<Instrument> gauges;
    private readonly ITimer? timer;
    private readonly Action<Exception> failed;
    private Measurements last = Measurements.None;
    private int measuring;

    /// <param name="groups">The coordinators of this node.</param>
    /// <param name="progress">The logs of this node.</param>
    /// <param name="remote">Asks other brokers about the partitions that they lead; null for nobody.</param>
    /// <param name="clock">Makes the intervals.</param>
    /// <param name="settings">Intervals and bounds.</param>
    /// <param name="failed">Is told of a measurement that failed; the next one is tried all the same.</param>
    public GroupLagMetrics(GroupCoordinatorClient groups, PartitionProgress progress, IRemoteProgress? remote, TimeProvider clock, GroupLagSettings settings, Action<Exception> failed)
    {
        this.groups = groups;
        this.progress = progress;
        this.remote = remote;
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
        var pairs = response.Groups.SelectMany(group => group.Topics.SelectMany(topic => topic.Partitions
            .Where(partition => partition.CommittedOffset >= 0)
            .Select(partition => new Pair(group.GroupId, new TopicPartition(topic.TopicName, partition.PartitionIndex), partition.CommittedOffset)))).ToList();
        var leftOut = Math.Max(0, pairs.Count - settings.MaxPartitions);
        pairs.RemoveRange(pairs.Count - leftOut, leftOut);
        foreach (var pair in pairs)
            pair.Log = await progress.OfAsync(pair.Partition.Topic, pair.Partition.Partition, pair.Committed, mayWake: true);
        if (remote is not null) await AskOthersAsync(remote, pairs);

        var known = pairs.Where(pair => pair.Log.ErrorCode == (short)ErrorCode.None).ToList();
        Volatile.Write(ref last, new Measurements(
            pairs.ConvertAll(pair => new Measurement<long>(pair.Committed, pair.Tags)),
            known.ConvertAll(pair => new Measurement<long>(Math.Max(0, pair.Log.HighWatermark - pair.Committed), pair.Tags)),
            [.. known.Where(pair => pair.Log.LagMs >= 0).Select(pair => new Measurement<double>(pair.Log.LagMs / 1000.0, pair.Tags))],
            response.Groups.ConvertAll(group => new Measurement<long>(group.Members.Count, [new("consumergroup", group.GroupId)])),
            [new(leftOut)]));
    }

    /// <summary>Each leader is asked once, however many groups read the partition; a leader that does not answer leaves its partitions without a lag.</summary>
    private static async Task AskOthersAsync(IRemoteProgress remote, List<Pair> pairs)
    {
        foreach (var leader in pairs.Where(pair => pair.Log is { ErrorCode: (short)ErrorCode.NotLeaderOrFollower, LeaderId: >= 0 }).GroupBy(pair => pair.Log.LeaderId).ToList())
        {
            // A question names a partition once; groups at several offsets take several.
            var rest = leader.ToList();
            while (rest.Count > 0)
            {
                var asked = rest.DistinctBy(pair => pair.Partition).ToList();
                if (await remote.AskAsync(new BrokerId(leader.Key), asked.ToDictionary(pair => pair.Partition, pair => new Offset(pair.Committed))) is not { } logs) break;
                foreach (var pair in asked) pair.Log = logs.GetValueOrDefault(pair.Partition, pair.Log);
                rest = [.. rest.Except(asked)];
            }
        }
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

    /// <summary>A group and a partition that it has committed an offset of.</summary>
    private sealed class Pair(string group, TopicPartition partition, long committed)
    {
        public TopicPartition Partition => partition;

        public long Committed => committed;

        public KeyValuePair<string, object?>[] Tags { get; } = [new("consumergroup", group), new("topic", partition.Topic), new("partition", partition.Partition)];

        public DescribeGroupProgressResponse.LogProgress Log { get; set; } = new();
    }

    private sealed record Measurements(
        IReadOnlyList<Measurement<long>> Offsets, IReadOnlyList<Measurement<long>> Lags, IReadOnlyList<Measurement<double>> Ages, IReadOnlyList<Measurement<long>> Members, IReadOnlyList<Measurement<long>> LeftOut)
    {
        public static Measurements None { get; } = new([], [], [], [], []);
    }
}
