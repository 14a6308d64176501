using Microsoft.Extensions.Logging;

namespace StreamActors.Hosting;

internal static partial class HostingLog
{
    [LoggerMessage(EventId = 10, Level = LogLevel.Warning, Message = "The lag of groups could not be measured; it is tried again.")]
    public static partial void LagNotMeasured(this ILogger logger, Exception failure);
}
