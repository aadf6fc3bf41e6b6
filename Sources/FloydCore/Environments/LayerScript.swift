/// What Python does before and after the installer.
enum LayerScript {
    /// `ROOT BASE`: lets ROOT find the packages of BASE behind its own and behind what files of its packages add to the path (Python reads
    /// those by their names' order), and puts metadata in for each of them. Their list of files names only the metadata:
    /// whoever removes the package to install another version removes that, and nothing below.
    static let begin = """
        import glob, os, shutil, sys
        root, base = sys.argv[1:]
        own, = glob.glob(root + "/lib/python3*/site-packages")
        below = base + own[len(root):]
        with open(own + "/zzzz-floydlite.pth", "w") as file:
            file.write("import site; site.addsitedir(%r)\\n" % below)
        for name in os.listdir(below):
            source, target = os.path.join(below, name), os.path.join(own, name)
            if not name.endswith(".dist-info") or not os.path.isdir(source):
                continue
            os.mkdir(target)
            for part in os.listdir(source):
                if part != "RECORD" and os.path.isfile(os.path.join(source, part)):
                    shutil.copyfile(os.path.join(source, part), os.path.join(target, part))
            open(target + "/floydlite-below", "w").close()
            with open(target + "/RECORD", "w") as record:
                for part in os.listdir(target):
                    record.write("%s/%s,,\\n" % (name, part))
        """

    /// `CODE PATH…`: copies these files and folders of CODE into the working folder. Links stay links.
    static let copy = """
        import os, shutil, sys
        for path in sys.argv[2:]:
            source = os.path.join(sys.argv[1], path)
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
            if os.path.isdir(source):
                shutil.copytree(source, path, symlinks=True, copy_function=shutil.copy, dirs_exist_ok=True)
            else:
                shutil.copy(source, path)
        """

    /// `ROOT`: takes the metadata out again that still stands for a package below, which then is found there.
    static let end = """
        import glob, os, shutil, sys
        for mark in glob.glob(sys.argv[1] + "/lib/python3*/site-packages/*.dist-info/floydlite-below"):
            shutil.rmtree(os.path.dirname(mark))
        """
}
