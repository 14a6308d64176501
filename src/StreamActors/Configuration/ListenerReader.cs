using System.Collections.Immutable;
using System.Net;
using StreamActors.Cluster.Configs;

namespace StreamActors.Configuration;

/// <summary>Reads Kafka's listeners, advertised.listeners and listener.security.protocol.map.</summary>
internal static class ListenerReader
{
    private const string Form = "NAME://host:port, comma separated";

    private readonly record struct Endpoint(string Name, string Host, int Port);

    public static ImmutableArray<ListenerSettings> Read(SettingsReader reader, ConfigValues values, int? firstPort)
    {
        var protocols = Protocols(reader, values);
        var bound = Endpoints(reader, values, "listeners");
        var advertised = Endpoints(reader, values, "advertised.listeners");
        if (bound.Count == 0)
            Refuse(reader, "listeners", $"must name at least one listener: {Form}");
        if (firstPort is { } port && bound.Count > 0)
            bound[0] = bound[0] with { Port = port };

        foreach (var pair in bound.Where(endpoint => endpoint.Port != 0).GroupBy(endpoint => (endpoint.Host, endpoint.Port)).Where(group => group.Count() > 1))
            Refuse(reader, "listeners", $"uses port {pair.Key.Port} more than once");
        foreach (var stranger in advertised.Where(endpoint => bound.TrueForAll(other => other.Name != endpoint.Name)))
            Refuse(reader, "advertised.listeners", $"has {stranger.Name}, which listeners does not have");
        foreach (var nowhere in advertised.Where(endpoint => IsAny(endpoint.Host)))
            Refuse(reader, "advertised.listeners", $"has no address for {nowhere.Name} that a client could connect to");

        var listeners = ImmutableArray.CreateBuilder<ListenerSettings>();
        foreach (var endpoint in bound)
        {
            if (!protocols.TryGetValue(endpoint.Name, out var protocol))
            {
                Refuse(reader, "listeners", $"has {endpoint.Name}, for which listener.security.protocol.map has no protocol");
                continue;
            }

            var told = advertised.Find(other => other.Name == endpoint.Name);
            var host = told.Name is not null ? told.Host : IsAny(endpoint.Host) ? Dns.GetHostName() : endpoint.Host;
            listeners.Add(new ListenerSettings(endpoint.Name, protocol, endpoint.Host, endpoint.Port, host, told.Name is not null ? told.Port : endpoint.Port));
        }

        return listeners.ToImmutable();
    }

    private static List<Endpoint> Endpoints(SettingsReader reader, ConfigValues values, string setting)
    {
        var endpoints = new List<Endpoint>();
        foreach (var text in (values.Raw(setting) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!TryParse(text, out var endpoint))
                Refuse(reader, setting, $"must be {Form}, but has '{text}'");
            else if (endpoints.Exists(other => other.Name == endpoint.Name))
                Refuse(reader, setting, $"has {endpoint.Name} twice");
            else
                endpoints.Add(endpoint);
        }

        return endpoints;
    }

    private static bool TryParse(string text, out Endpoint endpoint)
    {
        endpoint = default;
        var slashes = text.IndexOf("://", StringComparison.Ordinal);
        var colon = text.LastIndexOf(':');
        if (slashes <= 0 || colon <= slashes || !ushort.TryParse(text.AsSpan(colon + 1), out var port))
            return false;
        var host = text[(slashes + 3)..colon];
        if (host is ['[', .. var inner, ']'] && IPAddress.TryParse(inner, out _))
            host = inner;
        else if (host.Contains(':', StringComparison.Ordinal) || host.Any(char.IsWhiteSpace) || host.Contains('/', StringComparison.Ordinal))
            return false;
        endpoint = new Endpoint(text[..slashes].ToUpperInvariant(), host, port);
        return endpoint.Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');
    }

    private static Dictionary<string, SecurityProtocol> Protocols(SettingsReader reader, ConfigValues values)
    {
        const string setting = "listener.security.protocol.map";
        var protocols = new Dictionary<string, SecurityProtocol>(StringComparer.Ordinal);
        foreach (var pair in (values.Raw(setting) ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = pair.Split(':', StringSplitOptions.TrimEntries);
            SecurityProtocol? protocol = parts.Length != 2 ? null : parts[1].ToUpperInvariant() switch
            {
                "PLAINTEXT" => SecurityProtocol.Plaintext,
                "SSL" => SecurityProtocol.Ssl,
                "SASL_PLAINTEXT" => SecurityProtocol.SaslPlaintext,
                "SASL_SSL" => SecurityProtocol.SaslSsl,
                _ => null,
            };
            if (protocol is null)
                Refuse(reader, setting, $"must be NAME:PROTOCOL, comma separated, with PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL, but has '{pair}'");
            else
                protocols[parts[0].ToUpperInvariant()] = protocol.Value;
        }

        return protocols;
    }

    private static bool IsAny(string host) => host is "" or "0.0.0.0" or "::";

    private static void Refuse(SettingsReader reader, string setting, string problem) =>
        reader.Problems.Add($"{reader.Place($"{KafkaSettings.PathText}.{setting}")}: {setting} {problem}");
}
