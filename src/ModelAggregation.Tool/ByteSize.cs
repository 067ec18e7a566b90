using System.Globalization;

namespace ModelAggregation.Tool;

/// <summary>Sizes such as <c>256MB</c> (decimal, as storage is sold), <c>1GiB</c> (binary) or a plain number of bytes.</summary>
public static class ByteSize
{
    private static readonly (string Suffix, double Factor)[] Units =
    [
        ("KIB", 1L << 10), ("MIB", 1L << 20), ("GIB", 1L << 30), ("TIB", 1L << 40),
        ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("K", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12), ("B", 1),
    ];

    /// <summary>Reads a size.</summary>
    /// <param name="text">The size; case does not matter.</param>
    /// <param name="bytes">The size in bytes, at least 1.</param>
    /// <returns>Whether the text is a size.</returns>
    public static bool TryParse(string text, out long bytes)
    {
        ArgumentNullException.ThrowIfNull(text);
        string upper = text.Trim().ToUpperInvariant();
        double factor = 1;
        foreach ((string suffix, double value) in Units)
        {
            if (upper.EndsWith(suffix, StringComparison.Ordinal))
            {
                upper = upper[..^suffix.Length];
                factor = value;
                break;
            }
        }

        bytes = 0;
        if (!double.TryParse(upper, NumberStyles.AllowDecimalPoint | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out double number))
        {
            return false;
        }

        double size = number * factor;
        if (!(size is >= 1 and < long.MaxValue))
        {
            return false;
        }

        bytes = (long)size;
        return true;
    }

    /// <summary>Writes a size in decimal units with three digits.</summary>
    /// <param name="bytes">The size in bytes.</param>
    public static string Format(double bytes)
    {
        string[] units = ["B", "kB", "MB", "GB", "TB"];
        int unit = 0;
        for (; bytes >= 1000 && unit < units.Length - 1; unit++)
        {
            bytes /= 1000;
        }

        string format = bytes switch { < 10 when unit > 0 => "0.00", < 100 when unit > 0 => "0.0", _ => "0" };
        return $"{bytes.ToString(format, CultureInfo.InvariantCulture)} {units[unit]}";
    }
}
