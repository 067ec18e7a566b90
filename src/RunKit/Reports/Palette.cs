namespace RunKit.Reports;

/// <summary>Colours that people who are colour-blind can tell apart (Okabe and Ito, 2008), and strokes and shapes that differ without colour.</summary>
internal static class Palette
{
    private static readonly string[] Colors = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"];
    private static readonly string[] Dashes = ["none", "7 3", "2 3", "9 3 2 3"];

    // Stations of a scale from dark blue to yellow whose lightness alone tells the order (after cividis).
    private static readonly (int Red, int Green, int Blue)[] Stations = [(0x00, 0x22, 0x4E), (0x41, 0x4D, 0x6B), (0x7C, 0x7B, 0x78), (0xBC, 0xAF, 0x6F), (0xFE, 0xE8, 0x38)];

    public static string Color(int index) => Colors[index % Colors.Length];

    public static string Dash(int index) => Dashes[index % Dashes.Length];

    /// <summary>Draws one of four shapes about a point.</summary>
    public static void Mark(SvgWriter svg, int index, double x, double y, double radius)
    {
        string attributes = $"fill=\"{Color(index)}\" fill-opacity=\"0.75\"";
        switch (index % 4)
        {
            case 0:
                svg.Circle(x, y, radius, attributes);
                break;
            case 1:
                svg.Rectangle(x - radius, y - radius, 2 * radius, 2 * radius, attributes);
                break;
            case 2:
                svg.Polygon([(x, y - (1.3 * radius)), (x + (1.3 * radius), y + radius), (x - (1.3 * radius), y + radius)], attributes);
                break;
            default:
                svg.Polygon([(x, y - (1.4 * radius)), (x + (1.4 * radius), y), (x, y + (1.4 * radius)), (x - (1.4 * radius), y)], attributes);
                break;
        }
    }

    /// <summary>Gives the colour of a share of the scale, and whether dark text is legible on it.</summary>
    public static (string Color, bool IsLight) Shade(double share)
    {
        double position = Math.Clamp(share, 0, 1) * (Stations.Length - 1);
        int station = Math.Min((int)position, Stations.Length - 2);
        double part = position - station;
        (int red, int green, int blue) = (
            Mix(Stations[station].Red, Stations[station + 1].Red, part),
            Mix(Stations[station].Green, Stations[station + 1].Green, part),
            Mix(Stations[station].Blue, Stations[station + 1].Blue, part));
        return ($"#{red:X2}{green:X2}{blue:X2}", share > 0.55);
    }

    private static int Mix(int from, int to, double part) => (int)Math.Round(from + ((to - from) * part), MidpointRounding.AwayFromZero);
}
