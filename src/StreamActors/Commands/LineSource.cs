using System.Threading.Channels;

namespace StreamActors.Commands;

/// <summary>
/// The lines of a reader that blocks, as the standard input does: read ahead on a thread of their own, so that an interrupt is heard
/// while nobody types.
/// </summary>
internal static class LineSource
{
    private const int ReadAhead = 1024;

    public static IAsyncEnumerable<string> ReadAsync(TextReader reader, CancellationToken cancellation)
    {
        var lines = Channel.CreateBounded<string>(new BoundedChannelOptions(ReadAhead) { SingleReader = true, SingleWriter = true });
        var thread = new Thread(() => Fill(reader, lines.Writer)) { IsBackground = true, Name = "lines" };
        thread.Start();
        return lines.Reader.ReadAllAsync(cancellation);
    }

    private static void Fill(TextReader reader, ChannelWriter<string> lines)
    {
        try
        {
            while (reader.ReadLine() is { } line)
            {
                if (!lines.TryWrite(line)) lines.WriteAsync(line).AsTask().Wait();
            }

            lines.Complete();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            lines.Complete(e);
        }
    }
}
