using StreamActors.Cluster.Metadata;

namespace StreamActors.Gateway.Apis;

/// <summary>
/// The controller's answer may be here before this node's image is. A client that goes on at this broker at once should not be told
/// that the topic it has just created does not exist; so the answer waits for the image, for a moment.
/// </summary>
internal static class CatchUp
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(2);

    /// <summary>Waits until the image is as expected; false where it takes too long.</summary>
    public static async ValueTask<bool> CatchUpAsync(this GatewayServices services, Func<MetadataImage, bool> isThere)
    {
        var start = services.Time.GetTimestamp();
        while (!isThere(services.Metadata.Current))
        {
            if (services.Time.GetElapsedTime(start) > Patience) return false;
            await Task.Delay(Step, services.Time);
        }

        return true;
    }
}
