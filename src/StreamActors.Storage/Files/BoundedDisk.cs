namespace StreamActors.Storage.Files;

/// <summary>A disk whose segments' files are bounded in number; everything else goes straight through.</summary>
internal sealed class BoundedDisk(IDisk disk, OpenFiles files) : DelegatingDisk(disk)
{
    /// <summary>Opens a segment's file, bounded where the disk is.</summary>
    public static IDiskFile OpenSegmentFile(IDisk disk, string path, DiskMode mode = DiskMode.Open, long preallocate = 0) =>
        disk is BoundedDisk bounded ? bounded.OpenBounded(path, mode, preallocate) : disk.Open(path, mode, preallocate);

    private BoundedFile OpenBounded(string path, DiskMode mode, long preallocate)
    {
        var file = new BoundedFile(files, Inner, path, Inner.Open(path, mode, preallocate));
        files.Add(file);
        return file;
    }
}
