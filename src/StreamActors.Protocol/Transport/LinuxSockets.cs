using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace StreamActors.Protocol.Transport;

/// <summary>The two system calls that .NET does not offer: <c>sendfile(2)</c> from a handle, and <c>send(2)</c> with MSG_MORE.</summary>
internal static partial class LinuxSockets
{
    private const int MsgDontWait = 0x40;
    private const int MsgNoSignal = 0x4000;
    private const int MsgMore = 0x8000;
    private const int Interrupted = 4;
    private const int Again = 11;

    /// <summary>A call moves at most this much, so that a cold file does not hold a thread for long.</summary>
    private const int SendFilePiece = 1024 * 1024;

    public static bool IsSupported { get; } = OperatingSystem.IsLinux();

    /// <summary>How many bytes the socket took: 0 where its buffer is full.</summary>
    /// <exception cref="EndOfStreamException">The file is shorter than the range.</exception>
    public static int SendFile(SafeSocketHandle socket, SafeFileHandle file, long position, int length)
    {
        while (true)
        {
            var offset = position;
            var sent = SendFile(socket, file, ref offset, (nuint)Math.Min(length, SendFilePiece));
            if (sent > 0) return (int)sent;
            if (sent == 0) throw new EndOfStreamException($"The file ends before {position + length}.");
            var error = Marshal.GetLastPInvokeError();
            if (error == Again) return 0;
            if (error != Interrupted) throw Failure("sendfile", error);
        }
    }

    /// <summary>Sends without waiting and says that more follows. How many bytes the socket took: 0 where its buffer is full.</summary>
    public static int TrySendMore(SafeSocketHandle socket, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return 0;
        while (true)
        {
            var sent = Send(socket, bytes, (nuint)bytes.Length, MsgDontWait | MsgNoSignal | MsgMore);
            if (sent >= 0) return (int)sent;
            var error = Marshal.GetLastPInvokeError();
            if (error == Again) return 0;
            if (error != Interrupted) throw Failure("send", error);
        }
    }

    private static IOException Failure(string call, int error) => new($"{call}: {Marshal.GetPInvokeErrorMessage(error)} ({error})");

    [LibraryImport("libc", EntryPoint = "sendfile64", SetLastError = true)]
    private static partial nint SendFile(SafeSocketHandle socket, SafeFileHandle file, ref long offset, nuint count);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint Send(SafeSocketHandle socket, ReadOnlySpan<byte> bytes, nuint length, int flags);
}
