namespace TrainZoo;

/// <summary>Where the sample lies.</summary>
internal static class Folders
{
    /// <summary>Returns the folder for models where none is given.</summary>
    public static string Default()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string sample = Path.Combine(folder.FullName, "samples", "TrainZoo");
            if (Directory.Exists(sample))
            {
                return Path.Combine(sample, "out");
            }
        }

        throw new DirectoryNotFoundException("No folder samples/TrainZoo above the program: run it from a clone of the repository, or give --out.");
    }
}
