using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Storage;

namespace StreamActors.Gateway.Apis;

/// <summary>
/// DescribeLogDirs (35), versions 1-5 (KIP-113, KIP-827). The data folders of this broker, the partitions in them by the folders that are there,
/// and the room on their volumes. Sleeping partitions are measured in their folders, and sleep on.
/// </summary>
internal sealed class DescribeLogDirsHandler(GatewayServices services) : ApiHandler<DescribeLogDirsRequest, DescribeLogDirsResponse>
{
    protected override ValueTask<DescribeLogDirsResponse?> HandleAsync(RequestContext context, DescribeLogDirsRequest request)
    {
        var response = new DescribeLogDirsResponse();
        foreach (var directory in services.LogDirs.All) response.Results.Add(Describe(directory, request));
        foreach (var (path, _) in services.LogDirs.Unavailable) response.Results.Add(Offline(path));
        return ValueTask.FromResult<DescribeLogDirsResponse?>(response);
    }

    protected override DescribeLogDirsResponse? Failure(RequestContext context, DescribeLogDirsRequest request, ErrorCode error) =>
        new() { ErrorCode = (short)error };

    private DescribeLogDirsResponse.DescribeLogDirsResult Describe(LogDirectory directory, DescribeLogDirsRequest request)
    {
        if (directory.IsOffline) return Offline(directory.Path);
        try
        {
            var (free, total) = directory.Disk.Space(directory.Path);
            var result = new DescribeLogDirsResponse.DescribeLogDirsResult { LogDir = directory.Path, TotalBytes = total, UsableBytes = free };
            foreach (var topic in Wanted(directory, request).GroupBy(partition => partition.Topic, StringComparer.Ordinal))
            {
                result.Topics.Add(new()
                {
                    Name = topic.Key,
                    // A log that is not a copy under way lags behind nothing.
                    Partitions = [.. topic.Select(partition => new DescribeLogDirsResponse.DescribeLogDirsPartition
                    {
                        PartitionIndex = partition.Partition, PartitionSize = directory.SizeOf(partition),
                    })],
                });
            }

            AddFuture(directory, request, result);
            return result;
        }
        catch (IOException) when (directory.IsOffline)
        {
            return Offline(directory.Path);
        }
    }

    /// <summary>Copies under way to this folder, and how many records they lack.</summary>
    private void AddFuture(LogDirectory directory, DescribeLogDirsRequest request, DescribeLogDirsResponse.DescribeLogDirsResult result)
    {
        foreach (var future in directory.FutureLogs)
        {
            var name = future.Partition;
            if (request.Topics is { } topics && !topics.Any(topic => topic.Topic == name.Topic && topic.Partitions.Contains(name.Partition))) continue;
            var end = services.LogDirs.Find(name)?.OpenLogs.FirstOrDefault(log => log.Partition == name)?.View.LogEndOffset ?? future.View.LogEndOffset;
            var described = result.Topics.FirstOrDefault(topic => topic.Name == name.Topic);
            if (described is null) result.Topics.Add(described = new() { Name = name.Topic });
            described.Partitions.Add(new()
            {
                PartitionIndex = name.Partition,
                PartitionSize = future.View.SizeInBytes,
                OffsetLag = Math.Max(0, end - future.View.LogEndOffset),
                IsFutureKey = true,
            });
        }
    }

    /// <summary>Partitions of topics that the cluster has, as far as they are asked for; null asks for all.</summary>
    private IEnumerable<TopicPartition> Wanted(LogDirectory directory, DescribeLogDirsRequest request)
    {
        var image = services.Metadata.Current;
        var here = request.Topics is { } topics
            ? topics.SelectMany(topic => topic.Partitions.Distinct().Select(index => new TopicPartition(topic.Topic, index)))
            : directory.ListPartitions();
        return here.Where(partition => image.Topic(partition.Topic) is not null && services.LogDirs.Find(partition) == directory && directory.Has(partition));
    }

    private static DescribeLogDirsResponse.DescribeLogDirsResult Offline(string path) =>
        new() { LogDir = path, ErrorCode = (short)ErrorCode.KafkaStorageError, TotalBytes = -1, UsableBytes = -1 };
}
