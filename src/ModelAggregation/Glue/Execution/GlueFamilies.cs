namespace ModelAggregation.Glue.Execution;

/// <summary>Makes of a family's file what a result has of it.</summary>
internal static class GlueFamilies
{
    public static GlueFamily Of(FamilyOutcome family, GlueFolder folder) => new()
    {
        Name = family.File.Family,
        Models = family.File.Models,
        Base = family.File.Base,
        Kept = family.File.Kept,
        Winner = family.File.Winner,
        Folder = family.IsWritten ? family.Relative : Path.GetRelativePath(folder.Path, family.Folder).Replace(Path.DirectorySeparatorChar, '/'),
        Searches = [.. family.File.Searches.Select(search => SearchTraces.ToTrace(search, family.File.Family))],
    };
}
