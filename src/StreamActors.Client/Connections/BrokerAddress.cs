using System.Globalization;

namespace StreamActors.Client.Connections;

/// <summary>Where a broker listens.</summary>
public readonly record struct BrokerAddress(string Host, int Port)
{
    public const int DefaultPort = 9092;

    /// <summary>Reads <c>host</c>, <c>host:port</c> or <c>[v6]:port</c>.</summary>
    public static bool TryParse(string text, out BrokerAddress address)
    {
        address = default;
        var colon = text.LastIndexOf(':');
        var isBare = colon < 0 || text[^1] == ']' || (text[0] != '[' && text.IndexOf(':') != colon);
        var host = (isBare ? text : text[..colon]).Trim('[', ']');
        var port = DefaultPort;
        if (!isBare && !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port)) return false;
        if (host.Length == 0 || port is < 1 or > 65535) return false;
        address = new BrokerAddress(host, port);
        return true;
    }

    /// <summary>Reads a list as <c>bootstrap.servers</c> has it: addresses with commas between.</summary>
    public static IReadOnlyList<BrokerAddress> ParseList(string text) =>
    [
        .. text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(each => TryParse(each, out var address) ? address : throw new FormatException($"'{each}' is not host:port.")),
    ];

    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
