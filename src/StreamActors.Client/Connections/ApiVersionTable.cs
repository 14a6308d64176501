using StreamActors.Client.Errors;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Client.Connections;

/// <summary>Which versions a broker has of each API, as it said when the connection was opened.</summary>
internal sealed class ApiVersionTable(IEnumerable<ApiVersionsResponse.ApiVersion> versions)
{
    private readonly Dictionary<short, (short Min, short Max)> ranges =
        versions.GroupBy(v => v.ApiKey).ToDictionary(v => v.Key, v => (v.First().MinVersion, v.First().MaxVersion));

    /// <summary>The highest version that both sides have, at most <paramref name="cap"/>.</summary>
    public short Pick(ApiKey key, short cap = short.MaxValue) =>
        Find(key, cap) ?? throw new KafkaException(ErrorCode.UnsupportedVersion, $"The broker and this client have no version of {key} in common.");

    public short? Find(ApiKey key, short cap = short.MaxValue)
    {
        var ours = ApiKeys.Info(key);
        if (!ranges.TryGetValue((short)key, out var theirs)) return null;
        var highest = Math.Min(Math.Min(ours.LatestStable, theirs.Max), cap);
        return highest >= Math.Max(ours.LowestVersion, theirs.Min) ? highest : null;
    }
}
