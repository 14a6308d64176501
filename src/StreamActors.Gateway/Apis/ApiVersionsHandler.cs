using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;

namespace StreamActors.Gateway.Apis;

/// <summary>
/// ApiVersions (18), versions 0-4. The table of APIs, printed. From version 3 on the client says what it is (KIP-511) and learns the cluster's
/// features (KIP-584); a feature whose lowest version is 0 is told from version 4 on only.
/// </summary>
internal sealed class ApiVersionsHandler(ApiTable table, GatewayServices services) : ApiHandler<ApiVersionsRequest, ApiVersionsResponse>
{
    private const string MetadataVersion = "metadata.version";
    private const short LowestMetadataVersion = 7;
    private const short HighestMetadataVersion = 30;

    private readonly List<ApiVersionsResponse.ApiVersion> versions = [];

    protected override ValueTask<ApiVersionsResponse?> HandleAsync(RequestContext context, ApiVersionsRequest request)
    {
        if (context.ApiVersion >= 3)
        {
            if (!IsSoftwareName(request.ClientSoftwareName) || !IsSoftwareName(request.ClientSoftwareVersion))
                return new(new ApiVersionsResponse { ErrorCode = (short)ErrorCode.InvalidRequest });
            context.Connection.ClientSoftwareName = request.ClientSoftwareName;
            context.Connection.ClientSoftwareVersion = request.ClientSoftwareVersion;
        }

        var response = new ApiVersionsResponse { ApiKeys = Versions() };
        if (context.ApiVersion >= 3)
        {
            response.SupportedFeatures = [new() { Name = MetadataVersion, MinVersion = LowestMetadataVersion, MaxVersion = HighestMetadataVersion }];
            response.FinalizedFeatures = [new() { Name = MetadataVersion, MinVersionLevel = HighestMetadataVersion, MaxVersionLevel = HighestMetadataVersion }];
            response.FinalizedFeaturesEpoch = services.Metadata.Current.Sequence;
        }

        return new(response);
    }

    /// <summary>The answer to a version that this broker does not know, in the one that everybody does: which versions there are.</summary>
    public static ResponseFrame Unsupported(RequestContext context)
    {
        var api = ApiKeys.Info(ApiKey.ApiVersions);
        return ResponseFrame.Create(0, context.CorrelationId, new ApiVersionsResponse
        {
            ErrorCode = (short)ErrorCode.UnsupportedVersion,
            ApiKeys = [new() { ApiKey = (short)api.Key, MinVersion = api.LowestVersion, MaxVersion = api.LatestStable }],
        });
    }

    protected override ApiVersionsResponse Failure(RequestContext context, ApiVersionsRequest request, ErrorCode error) =>
        new() { ErrorCode = (short)error };

    private List<ApiVersionsResponse.ApiVersion> Versions()
    {
        lock (versions)
        {
            if (versions.Count == 0)
            {
                versions.AddRange(table.All.Select(handler => new ApiVersionsResponse.ApiVersion
                {
                    ApiKey = (short)handler.Api.Key,
                    // Old clients on librdkafka take a broker without Produce 0 for one that cannot compress; Kafka 4 names it too.
                    MinVersion = handler.Api.Key == ApiKey.Produce ? (short)0 : handler.LowestVersion,
                    MaxVersion = handler.HighestVersion,
                }));
            }

            return versions;
        }
    }

    /// <summary>Letters, digits, dots and hyphens, with a letter or a digit at both ends.</summary>
    private static bool IsSoftwareName(string name)
    {
        if (name.Length == 0 || !char.IsAsciiLetterOrDigit(name[0]) || !char.IsAsciiLetterOrDigit(name[^1])) return false;
        foreach (var character in name)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('-' or '.')) return false;
        }

        return true;
    }
}
