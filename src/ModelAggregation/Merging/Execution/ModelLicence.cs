namespace ModelAggregation.Merging.Execution;

/// <summary>Reads the licence that a model's card names.</summary>
internal static class ModelLicence
{
    // The header of a card is a few lines; what is longer is text.
    private const int MostLines = 200;

    /// <summary>Returns <c>license</c> of the header of <c>README.md</c>, or null.</summary>
    public static string? Of(string folder)
    {
        string path = Path.Combine(folder, "README.md");
        if (!File.Exists(path))
        {
            return null;
        }

        bool isInside = false;
        foreach (string line in File.ReadLines(path).Take(MostLines))
        {
            if (line.TrimEnd() is "---")
            {
                if (isInside)
                {
                    return null;
                }

                isInside = true;
            }
            else if (!isInside)
            {
                return null;
            }
            else if (line.StartsWith("license:", StringComparison.Ordinal))
            {
                string licence = line["license:".Length..].Trim().Trim('"', '\'');
                return licence.Length > 0 ? licence : null;
            }
        }

        return null;
    }
}
