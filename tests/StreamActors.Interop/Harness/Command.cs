using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace StreamActors.Interop.Harness;

/// <summary>What a command that has ended printed, and how it ended.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Errors)
{
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public CommandResult Succeeded()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}\n{this}");
        return this;
    }

    public override string ToString() => $"{Tail(Output)}\n{Tail(Errors)}";

    static string Tail(string text) => text.Length <= 2000 ? text : "..." + text[^2000..];
}

/// <summary>A process that a test started: its output is kept as it comes, and it never outlives the test.</summary>
internal sealed partial class Command : IAsyncDisposable
{
    const int SigTerm = 15;

    readonly Process _process;
    readonly List<string> _output = [], _errors = [];
    readonly string _name;

    Command(ProcessStartInfo start)
    {
        _name = $"{start.FileName} {string.Join(' ', start.ArgumentList)}";
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, e) => Keep(_output, e.Data);
        _process.ErrorDataReceived += (_, e) => Keep(_errors, e.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public bool HasExited => _process.HasExited;

    /// <summary>The lines that it has printed so far.</summary>
    public IReadOnlyList<string> Lines => Copy(_output);

    public string Output => string.Join('\n', Copy(_output));

    public string Errors => string.Join('\n', Copy(_errors));

    public static Command Start(string[] command, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            StandardOutputEncoding = Encoding.UTF8,
            WorkingDirectory = Places.Repository,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return new Command(start);
    }

    public static async Task<CommandResult> RunAsync(string[] command, string input = "", int seconds = 240, IReadOnlyDictionary<string, string>? environment = null)
    {
        await using var running = Start(command, environment);
        await running.WriteAsync(input);
        running.CloseInput();
        return await running.ExitAsync(seconds);
    }

    public async Task WriteAsync(string input)
    {
        try
        {
            await _process.StandardInput.WriteAsync(input);
            await _process.StandardInput.FlushAsync();
        }
        catch (IOException)
        {
            // The command ended without reading all of it; its exit code tells why.
        }
    }

    public void CloseInput()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // Likewise.
        }
    }

    public void Terminate() => Signal(SigTerm);

    /// <summary>Sends a signal to the process, and to it alone.</summary>
    public void Signal(int signal) => _ = Kill(_process.Id, signal);

    /// <summary>kill -9, of all that the command has started too.</summary>
    public void KillTree() => _process.Kill(entireProcessTree: true);

    public async Task<CommandResult> ExitAsync(int seconds)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"{_name} did not end within {seconds} s\n{new CommandResult(-1, Output, Errors)}");
        }
        return new CommandResult(_process.ExitCode, Output, Errors);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }
        _process.Dispose();
    }

    static void Keep(List<string> lines, string? line)
    {
        if (line is null)
            return;
        lock (lines)
            lines.Add(line);
    }

    static string[] Copy(List<string> lines)
    {
        lock (lines)
            return [.. lines];
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}
