namespace ShedRefine;

/// <summary>The ways to choose records, as tables call them.</summary>
internal static class Methods
{
    public const string Shed = "SHED";
    public const string Centred = "SHED, centred";
    public const string Msr = "MSR";
    public const string Random = "random";
    public const string All = "all records";
    public const string UsefulOnly = "useful records only";
    public const string Nothing = "nothing learnt";

    /// <summary>Gets those that go by values.</summary>
    public static IReadOnlyList<string> Valued { get; } = [Shed, Centred, Msr];

    /// <summary>Gets those that choose a share.</summary>
    public static IReadOnlyList<string> Choosing { get; } = [Shed, Centred, Msr, Random];
}
