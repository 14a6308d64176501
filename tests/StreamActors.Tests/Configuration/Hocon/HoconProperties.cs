using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using StreamActors.Configuration.Hocon;

namespace StreamActors.Tests.Configuration.Hocon;

public sealed class HoconProperties
{
    private static readonly string[] Pieces =
    [
        "a", "b", "c.d", "\"q\"", "\"", "\"\"\"", "{", "}", "[", "]", ":", "=", "+=", ",", "\n", " ", "\t", "${", "${?", "}", "${a}", "${?b}", "${c.d}", "#", "//", "\\", "\\u00",
        "1", "-2.5e3", "true", "null", "include ", "include \"x\"", "required(", "file(", ")", ".", "..", "$", "*", "\0", "\uD800", "é", "a = ${a}\n", "b : {c : ${b}}\n", "a += 1\n",
    ];

    /// <summary>Text that is nearly HOCON gets further into the reader than any text at all.</summary>
    public static Arbitrary<string> NearlyHocon() =>
        Gen.Elements(Pieces).ListOf().Select(pieces => string.Concat(pieces)).ToArbitrary();

    [Property(MaxTest = 5_000)]
    public Property Any_text_made_of_hocons_pieces_gives_a_value_or_an_error_with_a_place() =>
        Prop.ForAll(NearlyHocon(), text => ValueOrError(text));

    [Property(MaxTest = 3_000)]
    public bool Any_text_gives_a_value_or_an_error_with_a_place(string? text) => ValueOrError(text ?? "");

    [Property(MaxTest = 1_000)]
    public bool Any_text_comes_back_through_quotes(string? text)
    {
        var value = text ?? "";
        var root = HoconDocument.Parse("{" + HoconRenderer.Quote(value) + " : " + HoconRenderer.Quote(value) + "}");
        return root.TryGet(value, out var read) && read.ToString() == value;
    }

    private static bool ValueOrError(string text)
    {
        try
        {
            var root = HoconDocument.Parse(text, "t", _ => null);
            var json = HoconRenderer.ToJson(root);
            using var document = JsonDocument.Parse(json);
            // What was read reads the same again.
            return HoconRenderer.ToJson(HoconDocument.Parse(json)) == json;
        }
        catch (HoconException e)
        {
            return e.Message.Contains(": ", StringComparison.Ordinal);
        }
    }
}
