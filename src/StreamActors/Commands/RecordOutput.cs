using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using StreamActors.Client.Consumer;

namespace StreamActors.Commands;

/// <summary>Writes records, each on a line: as text, or as a JSON object.</summary>
internal sealed class RecordOutput(TextWriter output, OutputFormat format, string? keySeparator)
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly StringBuilder lines = new();

    public void Write(IEnumerable<ConsumedRecord> records)
    {
        lines.Clear();
        foreach (var record in records)
        {
            if (format == OutputFormat.Json) lines.Append(Json(record));
            else if (keySeparator is not null) lines.Append(Text(record.Key)).Append(keySeparator).Append(Text(record.Value));
            else lines.Append(Text(record.Value));
            lines.Append('\n');
        }

        output.Write(lines);
        output.Flush();
    }

    private static string Text(ReadOnlyMemory<byte>? bytes) => bytes is { } some ? Encoding.UTF8.GetString(some.Span) : "";

    private static string Json(ConsumedRecord record)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("topic", record.Partition.Topic);
            json.WriteNumber("partition", record.Partition.Partition);
            json.WriteNumber("offset", record.Offset.Value);
            json.WriteNumber("timestamp", record.Timestamp.Value);
            WriteBytes(json, "key", record.Key);
            WriteBytes(json, "value", record.Value);
            json.WriteStartArray("headers");
            foreach (var header in record.Headers)
            {
                json.WriteStartObject();
                json.WriteString("name", header.Name);
                WriteBytes(json, "value", header.Value);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    /// <summary>As text where the bytes are UTF-8; else under the name with <c>Base64</c> behind it.</summary>
    private static void WriteBytes(Utf8JsonWriter json, string name, ReadOnlyMemory<byte>? bytes)
    {
        if (bytes is not { } some)
        {
            json.WriteNull(name);
            return;
        }

        try
        {
            json.WriteString(name, StrictUtf8.GetString(some.Span));
        }
        catch (DecoderFallbackException)
        {
            json.WriteBase64String(name + "Base64", some.Span);
        }
    }
}
